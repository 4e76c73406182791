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

// The topics of a file, and its metadata record.
const (
	valuesTopic  = "/rig"
	eventsTopic  = "/events"
	metadataName = "memkit.hil"
)

// WriteMCAP writes the recording as an MCAP file (mcap.dev): a message a step with the
// values by name on the topic /rig, and one an event on /events, in JSON with their
// schemas. Times are simulated, in ns from the run's begin. JSON has no NaN and no
// infinity: they are the texts "NaN", "Infinity" and "-Infinity".
func (r *Recording) WriteMCAP(w io.Writer) error {
	out, err := mcap.NewWriter(w, &mcap.WriterOptions{})
	if err != nil {
		return fmt.Errorf("recording: MCAP: %w", err)
	}
	if err := errors.Join(r.writeRecords(out), out.Close()); err != nil {
		return fmt.Errorf("recording: MCAP: %w", err)
	}
	return nil
}

func (r *Recording) writeRecords(out *mcap.Writer) error {
	if err := out.WriteHeader(&mcap.Header{Library: "memkit hil/recording"}); err != nil {
		return err
	}
	signals, err := json.Marshal(r.c.Signals)
	if err != nil {
		return err
	}
	if err := out.WriteMetadata(&mcap.Metadata{Name: metadataName, Metadata: map[string]string{
		"name": r.c.Name, "rate": strconv.Itoa(r.c.Rate), "seed": strconv.FormatUint(r.c.Seed, 10),
		"first": strconv.FormatInt(r.First(), 10), "steps": strconv.Itoa(r.Len()), "signals": string(signals),
		"hash": strconv.FormatUint(r.Hash, 16),
	}}); err != nil {
		return err
	}
	properties := map[string]any{"step": map[string]any{"type": "integer"}}
	for _, s := range r.c.Signals {
		properties[s.Name] = map[string]any{"type": []string{"number", "string"}, "description": s.Unit}
	}
	text := map[string]any{"type": "string"}
	for i, topic := range []struct {
		name       string
		properties map[string]any
	}{
		{valuesTopic, properties},
		{eventsTopic, map[string]any{"step": map[string]any{"type": "integer"}, "kind": text, "text": text}},
	} {
		id := uint16(i + 1)
		schema, err := json.Marshal(map[string]any{"type": "object", "properties": topic.properties})
		if err != nil {
			return err
		}
		if err := out.WriteSchema(&mcap.Schema{ID: id, Name: topic.name[1:], Encoding: "jsonschema", Data: schema}); err != nil {
			return err
		}
		if err := out.WriteChannel(&mcap.Channel{ID: id, SchemaID: id, Topic: topic.name, MessageEncoding: "json"}); err != nil {
			return err
		}
	}
	return r.writeMessages(out)
}

// writeMessages writes steps and events in the order of time.
func (r *Recording) writeMessages(out *mcap.Writer) error {
	keys := make([][]byte, len(r.c.Signals))
	for i, s := range r.c.Signals {
		key, err := json.Marshal(s.Name)
		if err != nil {
			return err
		}
		keys[i] = append(append([]byte{','}, key...), ':')
	}
	period := uint64(1e9) / uint64(max(1, r.c.Rate))
	write := func(channel uint16, step int64, sequence int, data []byte) error {
		at := uint64(step) * period
		return out.WriteMessage(&mcap.Message{ChannelID: channel, Sequence: uint32(sequence), LogTime: at, PublishTime: at, Data: data})
	}
	events, n := r.events, 0
	var message []byte
	for i := range r.Len() + 1 {
		step := r.First() + int64(i)
		for n < len(events) && (events[n].Step <= step || i == r.Len()) {
			data, err := json.Marshal(map[string]any{"step": events[n].Step, "kind": events[n].Kind, "text": events[n].Text})
			if err != nil {
				return err
			}
			if err := write(2, events[n].Step, n, data); err != nil {
				return err
			}
			n++
		}
		if i == r.Len() {
			break
		}
		message = strconv.AppendInt(append(message[:0], `{"step":`...), step, 10)
		for column, v := range r.At(i) {
			message = appendJSON(append(message, keys[column]...), v)
		}
		if err := write(1, step, i, append(message, '}')); err != nil {
			return err
		}
	}
	return nil
}

// appendJSON appends a value, with as many digits as bring the same one back.
func appendJSON(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}
