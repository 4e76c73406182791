package qemu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/hil/qemu/internal/line"
	"github.com/memkit-go/memkit/rt"
)

// monitor speaks QEMU's machine protocol, QMP: a JSON object a line. It belongs to one
// goroutine.
type monitor struct {
	stream *line.Stream
	in     []byte // arrived, and not yet read
	seen   map[string]bool
}

const (
	mostLine = 64 << 10 // bytes of an object
	// mostObjects bounds the reading for one answer; a chatty machine sends a few
	// events a second.
	mostObjects = 1000
)

// message is one object from QEMU: a greeting, an event, or the answer to a command.
type message struct {
	greeting bool
	answer   bool
	event    string
	refusal  *CommandError
}

// parse reads an object.
func parse(text []byte) (message, error) {
	var o struct {
		QMP    json.RawMessage
		Return json.RawMessage `json:"return"`
		Event  *string         `json:"event"`
		Error  *struct {
			Class string `json:"class"`
			Desc  string `json:"desc"`
		} `json:"error"`
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return message{}, fmt.Errorf("qemu: not an object of the machine protocol: %q", text[:min(len(text), 80)])
	}
	var m message
	switch {
	case o.Error != nil:
		m.answer, m.refusal = true, &CommandError{Class: o.Error.Class, Reason: o.Error.Desc}
	case o.Return != nil:
		m.answer = true
	case o.Event != nil:
		m.event = *o.Event
	case o.QMP != nil:
		m.greeting = true
	}
	return m, nil
}

// open reads the greeting and leaves the negotiation.
func (m *monitor) open(limit time.Duration) error {
	end := rt.Now() + int64(limit)
	for range mostObjects {
		o, err := m.next(end)
		if err != nil {
			return err
		}
		if o.greeting {
			return m.do("qmp_capabilities", limit)
		}
	}
	return errors.New("qemu: no greeting of the machine protocol")
}

// do sends a command and waits for its answer. line.ErrEmpty: there was none in time.
func (m *monitor) do(command string, limit time.Duration) error {
	m.seen = map[string]bool{}
	if err := m.stream.Send([]byte(`{"execute":"` + command + "\"}\n")); err != nil {
		return err
	}
	end := rt.Now() + int64(limit)
	for range mostObjects {
		o, err := m.next(end)
		switch {
		case err != nil:
			return err
		case o.refusal != nil:
			o.refusal.Command = command
			return o.refusal
		case o.answer:
			return nil
		}
	}
	return line.ErrEmpty
}

// await waits for an event that follows the last command.
func (m *monitor) await(event string, limit time.Duration) error {
	end := rt.Now() + int64(limit)
	for range mostObjects {
		if m.seen[event] {
			return nil
		}
		if _, err := m.next(end); err != nil {
			return err
		}
	}
	return line.ErrEmpty
}

// next reads one object, until the time end on the clock of rt.Now.
func (m *monitor) next(end int64) (message, error) {
	for {
		if i := bytes.IndexByte(m.in, '\n'); i >= 0 {
			text := m.in[:i]
			m.in = m.in[i+1:]
			o, err := parse(text)
			if err == nil && o.event != "" {
				m.seen[o.event] = true
			}
			return o, err
		}
		if len(m.in) > mostLine {
			return message{}, fmt.Errorf("qemu: an object of the machine protocol is longer than %d bytes", mostLine)
		}
		var b [4096]byte
		n, err := m.stream.Receive(b[:], end)
		if err != nil {
			return message{}, err
		}
		m.in = append(m.in, b[:n]...)
	}
}
