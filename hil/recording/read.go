package recording

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/foxglove/mcap/go/mcap"
)

// ErrFormat is wrapped by the error for a file that is no recording of a rig, or is
// damaged.
var ErrFormat = errors.New("recording: not a recording of a rig")

// Bounds of a file that is read, so that a damaged one does not take all memory.
const (
	mostRecord  = 1 << 24 // bytes
	mostSteps   = 1 << 26
	mostSignals = 1 << 12
	mostValues  = 1 << 28
)

// ReadMCAP reads a recording that [Recording.WriteMCAP] wrote, bit by bit the same but
// for the bits of a NaN. A file that was cut off, because its disk was full, is read up to
// its last whole step.
func ReadMCAP(in io.Reader) (*Recording, error) {
	// WriteMCAP writes no chunks. The lexer would unpack those of a damaged file, and
	// panics on lengths beyond their end.
	lexer, err := mcap.NewLexer(in, &mcap.LexerOptions{MaxRecordSize: mostRecord, EmitChunks: true})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer lexer.Close()
	var (
		r      *Recording
		topics = map[uint16]string{}
	)
	for {
		token, data, err := lexer.Next(nil)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), token == mcap.TokenDataEnd, token == mcap.TokenFooter:
			if r == nil {
				return nil, fmt.Errorf("%w: it has no metadata named %s", ErrFormat, metadataName)
			}
			return r, nil
		case err != nil:
			var cut *mcap.ErrTruncatedRecord
			if r != nil && errors.As(err, &cut) {
				return r, nil
			}
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		switch token {
		case mcap.TokenChunk:
			return nil, fmt.Errorf("%w: it has chunks", ErrFormat)
		case mcap.TokenMetadata:
			m, err := mcap.ParseMetadata(data)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrFormat, err)
			}
			if m.Name == metadataName && r == nil {
				if r, err = newFromMetadata(m.Metadata); err != nil {
					return nil, err
				}
			}
		case mcap.TokenChannel:
			c, err := mcap.ParseChannel(data)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrFormat, err)
			}
			topics[c.ID] = c.Topic
		case mcap.TokenMessage:
			m, err := mcap.ParseMessage(data)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrFormat, err)
			}
			if r == nil {
				return nil, fmt.Errorf("%w: a message comes before the metadata", ErrFormat)
			}
			if err := r.readMessage(topics[m.ChannelID], m.Data); err != nil {
				return nil, err
			}
		}
	}
}

// newFromMetadata makes an empty recording of what a file says of itself.
func newFromMetadata(m map[string]string) (*Recording, error) {
	var c Config
	rate, err1 := strconv.Atoi(m["rate"])
	seed, err2 := strconv.ParseUint(m["seed"], 10, 64)
	first, err3 := strconv.ParseInt(m["first"], 10, 64)
	steps, err4 := strconv.Atoi(m["steps"])
	hash, err6 := strconv.ParseUint(m["hash"], 16, 64)
	err5 := json.Unmarshal([]byte(m["signals"]), &c.Signals)
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return nil, fmt.Errorf("%w: its metadata: %w", ErrFormat, err)
	}
	if rate < 1 || first < 0 || steps < 0 || steps > mostSteps || first > math.MaxInt64-mostSteps || len(c.Signals) > mostSignals || steps*len(c.Signals) > mostValues {
		return nil, fmt.Errorf("%w: its metadata: rate %d, steps %d from %d, %d signals", ErrFormat, rate, steps, first, len(c.Signals))
	}
	c.Name, c.Rate, c.Seed, c.Keep = m["name"], rate, seed, steps
	// The rows come one by one, so that a short file which claims many takes little.
	return &Recording{Hash: hash, c: c, before: first}, nil
}

// readMessage reads a value or an event.
func (r *Recording) readMessage(topic string, data []byte) error {
	switch topic {
	case valuesTopic:
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			return fmt.Errorf("%w: a step: %w", ErrFormat, err)
		}
		n := len(r.c.Signals)
		if n > 0 && len(r.values)/n >= r.c.Keep {
			return fmt.Errorf("%w: it has more steps than the %d of its metadata", ErrFormat, r.c.Keep)
		}
		for _, s := range r.c.Signals {
			v, err := number(m[s.Name])
			if err != nil {
				return fmt.Errorf("%w: signal %s of step %v: %w", ErrFormat, s.Name, m["step"], err)
			}
			r.values = append(r.values, v)
		}
		r.rows++
	case eventsTopic:
		var e Event
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("%w: an event: %w", ErrFormat, err)
		}
		if len(r.events) < mostEvents {
			r.events = append(r.events, e)
		}
	}
	return nil
}

// number is a value as appendJSON wrote it.
func number(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case string:
		switch v {
		case "NaN":
			return math.NaN(), nil
		case "Infinity":
			return math.Inf(1), nil
		case "-Infinity":
			return math.Inf(-1), nil
		}
	}
	return 0, fmt.Errorf("%v is no number", v)
}
