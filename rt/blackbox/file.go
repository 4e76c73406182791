package blackbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/foxglove/mcap/go/mcap"
)

// file is an MCAP file that is being written.
type file struct {
	out      *os.File
	buffer   *bufio.Writer
	mcap     *mcap.Writer
	channels []Channel
	keys     [][][]byte // of each channel's fields, as JSON
	wall     int64      // to be added to a time of rt.Now
	sequence []uint32
	message  []byte
}

// tripTopic is the channel of the trips, after all others.
const tripTopic = "trip"

// newFile writes the head: each channel with its schema.
func newFile(out *os.File, channels []Channel, wall int64) (*file, error) {
	f := &file{out: out, buffer: bufio.NewWriterSize(out, 64<<10), channels: channels, wall: wall, sequence: make([]uint32, len(channels)+1)}
	var err error
	if f.mcap, err = mcap.NewWriter(f.buffer, &mcap.WriterOptions{Chunked: false, IncludeCRC: false}); err != nil {
		return nil, fmt.Errorf("blackbox: %w", err)
	}
	if err := f.mcap.WriteHeader(&mcap.Header{Profile: "", Library: "memkit rt/blackbox"}); err != nil {
		return nil, fmt.Errorf("blackbox: %w", err)
	}
	for i, c := range channels {
		var keys [][]byte
		for _, name := range c.Fields {
			key, err := json.Marshal(name)
			if err != nil {
				return nil, fmt.Errorf("blackbox: field %q: %w", name, err)
			}
			keys = append(keys, append(key, ':'))
		}
		f.keys = append(f.keys, keys)
		if err := f.channel(i, c.Name, c.Fields, "number"); err != nil {
			return nil, err
		}
	}
	if err := f.channel(len(channels), tripTopic, []string{"text"}, "string"); err != nil {
		return nil, err
	}
	return f, nil
}

// channel declares a channel whose fields have one type.
func (f *file) channel(number int, name string, fields []string, kind string) error {
	properties := map[string]any{}
	for _, field := range fields {
		properties[field] = map[string]any{"type": kind}
	}
	schema, err := json.Marshal(map[string]any{"type": "object", "properties": properties})
	if err != nil {
		return fmt.Errorf("blackbox: the schema of channel %q: %w", name, err)
	}
	id := uint16(number + 1)
	if err := f.mcap.WriteSchema(&mcap.Schema{ID: id, Name: name, Encoding: "jsonschema", Data: schema}); err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	if err := f.mcap.WriteChannel(&mcap.Channel{ID: id, SchemaID: id, Topic: "/" + name, MessageEncoding: "json"}); err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	return nil
}

// sample writes a sample, which has been checked. JSON has no NaN and no infinity: both
// are null.
func (f *file) sample(s Sample) error {
	m := append(f.message[:0], '{')
	for i, key := range f.keys[s.Channel] {
		if i > 0 {
			m = append(m, ',')
		}
		m = append(m, key...)
		if v := s.Values[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			m = append(m, "null"...)
		} else {
			m = strconv.AppendFloat(m, v, 'g', -1, 64)
		}
	}
	f.message = append(m, '}')
	return f.write(int(s.Channel), s.At, f.message)
}

func (f *file) trip(t trip) error {
	m, err := json.Marshal(map[string]string{"text": t.text})
	if err != nil {
		return fmt.Errorf("blackbox: a trip's text: %w", err)
	}
	return f.write(len(f.channels), t.at, m)
}

func (f *file) write(channel int, at int64, message []byte) error {
	f.sequence[channel]++
	when := uint64(max(0, at+f.wall))
	if err := f.mcap.WriteMessage(&mcap.Message{
		ChannelID: uint16(channel + 1), Sequence: f.sequence[channel], LogTime: when, PublishTime: when, Data: message,
	}); err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	return nil
}

func (f *file) attach(name string, data []byte) error {
	if err := f.mcap.WriteAttachment(&mcap.Attachment{Name: name, MediaType: "application/octet-stream", DataSize: uint64(len(data)), Data: bytes.NewReader(data)}); err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	return nil
}

// flush hands all whole records to the kernel, which keeps them when this process is
// killed.
func (f *file) flush() error {
	if err := f.buffer.Flush(); err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	return nil
}

// close writes the summary, and lets the disk have the file.
func (f *file) close() error {
	if err := f.mcap.Close(); err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	if err := f.flush(); err != nil {
		return err
	}
	if err := f.out.Sync(); err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	return nil
}
