package guard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// request is what a controller or a device asks the guard, one packet of JSON.
type request struct {
	Op op
}

type op string

const (
	opArm     op = "arm"     // a new session; the answer brings its descriptors
	opRelease op = "release" // the controller ends in good order
	opDevice  op = "device"  // the memory of the bus, for the device
)

// reply is the guard's answer, with descriptors: of a session the memory, and the
// controller's socket or the eventfd; for a device the memory.
type reply struct {
	Refused   refusal       `json:",omitempty"`
	Text      string        `json:",omitempty"`
	Socket    bool          `json:",omitempty"`
	Period    time.Duration `json:",omitempty"`
	Silence   int           `json:",omitempty"`
	SafeFrame []byte        `json:",omitempty"`
}

type refusal int

const (
	notRefused refusal = iota
	refusedBusy
	refusedOther
)

// mostMessage bounds a packet.
const mostMessage = 8 << 10

// parseRequest reads a packet, which may be anything.
func parseRequest(packet []byte) (request, error) {
	var r request
	if err := decode(packet, &r); err != nil {
		return request{}, err
	}
	switch r.Op {
	case opArm, opRelease, opDevice:
		return r, nil
	}
	return request{}, fmt.Errorf("%w: an unknown request", ErrHostile)
}

// parseReply reads a packet, which may be anything.
func parseReply(packet []byte) (reply, error) {
	var r reply
	if err := decode(packet, &r); err != nil {
		return reply{}, err
	}
	switch {
	case r.Refused == refusedBusy:
		return reply{}, ErrBusy
	case r.Refused != notRefused:
		return reply{}, errors.New("guard: refused: " + r.Text)
	case r.Period < 0 || r.Silence < 0 || r.Silence > mostSilence || len(r.SafeFrame) > 1500:
		return reply{}, fmt.Errorf("%w: an answer with numbers out of range", ErrHostile)
	}
	return r, nil
}

func decode(packet []byte, into any) error {
	if len(packet) > mostMessage {
		return fmt.Errorf("%w: a packet of %d bytes", ErrHostile, len(packet))
	}
	d := json.NewDecoder(bytes.NewReader(packet))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrHostile, err)
	}
	if d.More() {
		return fmt.Errorf("%w: more than one message in a packet", ErrHostile)
	}
	return nil
}

// packet is a message as it is sent.
func packet(message any) []byte {
	b, err := json.Marshal(message)
	if err != nil {
		panic("guard: a message cannot be written: " + err.Error())
	}
	return b
}
