package record

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Writer writes a run while it is measured: a file of which everything that was
// appended can be read, whatever happens to its writer. [Read] reads it; until Finish
// it is the file of an incomplete run. Use one from one goroutine.
type Writer struct {
	w     io.Writer
	run   Run
	index map[seriesKey]int
	// Of each series: how many samples and blocks were written.
	counts []int64
	blocks []int
	notes  int
	buffer []byte
	// first is the run as the first note tells it, and room the length of that note's
	// payload.
	first Run
	room  int
}

// reasonRoom is how long a reason [Writer.Abort] can write at least.
const reasonRoom = 512

// NewWriter begins a file of a run whose facts are known so far; its series are not
// looked at.
func NewWriter(w io.Writer, run *Run) (*Writer, error) {
	out := &Writer{w: w, run: *run, index: map[seriesKey]int{}}
	out.run.Series = nil
	if err := out.run.validate(); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	out.buffer = binary.LittleEndian.AppendUint32([]byte(magic), growing)
	if _, err := w.Write(out.buffer); err != nil {
		return nil, err
	}
	out.first = out.run
	return out, out.note(0)
}

// Abort says in the file's first note why the run ended early, in the place that is
// kept there for it: it works on a full disk too. A longer reason is cut. The file must
// have been written from its beginning, and nothing is written to it afterwards.
func (w *Writer) Abort(file io.WriterAt, why string) error {
	run := w.first
	for text := []rune(strings.ToValidUTF8(why, "?")); ; text = text[:len(text)/2] {
		run.Incomplete = string(text)
		payload, err := json.Marshal(headerOf(&run))
		if err != nil {
			return fmt.Errorf("record: note: %w", err)
		}
		if len(payload) > w.room {
			continue
		}
		_, err = file.WriteAt(appendNote(nil, 0, 0, payload, w.room), int64(len(magic)+4))
		return err
	}
}

// Append appends samples to the series of the same name, kind and process as s, whose
// own samples are not looked at. Before a new series it writes a note.
func (w *Writer) Append(s *Series, samples []int64) error {
	key := seriesKey{s.Name, s.Kind, s.Process}
	i, known := w.index[key]
	if !known {
		declared := *s
		declared.Samples = nil
		if err := declared.validate(); err != nil {
			return fmt.Errorf("record: series %q: %w", s.Name, err)
		}
		i = len(w.run.Series)
		w.run.Series = append(w.run.Series, declared)
		w.counts, w.blocks = append(w.counts, 0), append(w.blocks, 0)
		w.index[key] = i
		if err := w.note(0); err != nil {
			return err
		}
	}
	for len(samples) > 0 {
		n := min(len(samples), blockSamples)
		w.buffer = appendBlock(w.buffer[:0], i, w.blocks[i], samples[:n])
		if _, err := w.w.Write(w.buffer); err != nil {
			return err
		}
		w.blocks[i]++
		w.counts[i] += int64(n)
		samples = samples[n:]
	}
	return nil
}

// Count is how many samples were appended to the series like s.
func (w *Writer) Count(s *Series) int64 {
	i, known := w.index[seriesKey{s.Name, s.Kind, s.Process}]
	if !known {
		return 0
	}
	return w.counts[i]
}

// Finish ends the file with the run as it is known in the end. Of its series the
// counters, facts and outliers are taken, the samples have to be appended before.
func (w *Writer) Finish(run *Run) error {
	series := w.run.Series
	w.run = *run
	for i := range run.Series {
		s := run.Series[i]
		at, known := w.index[seriesKey{s.Name, s.Kind, s.Process}]
		if !known {
			at = len(series)
			series = append(series, Series{})
			w.counts, w.blocks = append(w.counts, 0), append(w.blocks, 0)
			w.index[seriesKey{s.Name, s.Kind, s.Process}] = at
		}
		if n := int64(len(s.Samples)); n != w.counts[at] {
			return fmt.Errorf("record: series %q has %d samples, of which %d were appended", s.Name, n, w.counts[at])
		}
		s.Samples = nil
		series[at] = s
	}
	w.run.Series = series
	if err := w.run.validate(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return w.note(1)
}

// note writes the run as it is known; last is 1 in the last note.
func (w *Writer) note(last uint32) error {
	h := headerOf(&w.run)
	for i := range h.Series {
		h.Series[i].Count = w.counts[i]
	}
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("record: note: %w", err)
	}
	if len(text) > maxHeader {
		return errors.New("record: a note of more than 64 MiB; keep fewer outliers or series")
	}
	room := len(text)
	if w.notes == 0 {
		w.room = len(text) + reasonRoom
		room = w.room
	}
	w.buffer = appendNote(w.buffer[:0], w.notes, last, text, room)
	w.notes++
	_, err = w.w.Write(w.buffer)
	return err
}

// appendNote appends a note whose payload is text, with blanks up to a length of room.
func appendNote(b []byte, number int, last uint32, text []byte, room int) []byte {
	from := len(b)
	b = binary.LittleEndian.AppendUint32(b, noteSeries)
	b = binary.LittleEndian.AppendUint32(b, uint32(number))
	b = binary.LittleEndian.AppendUint32(b, last)
	b = binary.LittleEndian.AppendUint32(b, uint32(room))
	b = append(b, text...)
	for len(b) < from+blockFields+room {
		b = append(b, ' ')
	}
	return appendChecked(b, from)
}
