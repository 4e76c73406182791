package record

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// unfinished is why a growing file without an end is incomplete.
const unfinished = "its writer ended before it had finished the file: it was killed, or the disk was full"

// maxSeries bounds what a hostile note can make a reader store.
const maxSeries = 1 << 20

// errEnd is the end of a file that was not finished.
var errEnd = errors.New("record: unfinished")

// growing reads a file of version 2, behind its version.
func (d *decoder) growing() (*Run, error) {
	g := growingRun{decoder: d}
	for {
		last, err := g.block()
		if errors.Is(err, errEnd) {
			if g.run == nil {
				return nil, &FormatError{d.offset, "ends before its first note: the file was cut short, measure again", io.ErrUnexpectedEOF}
			}
			g.run.Incomplete = g.reason
			if g.reason == "" {
				g.run.Incomplete = unfinished
			}
			return g.finish()
		}
		if err != nil {
			return nil, err
		}
		if last {
			if _, err := d.in.ReadByte(); err != io.EOF {
				return nil, d.bad(d.offset, "bytes follow the last note: two files joined, or not a run file")
			}
			for i, s := range g.run.Series {
				if s.Count != int64(len(g.samples[i])) {
					return nil, d.bad(d.offset, "series %q has %d samples, the last note says %d", s.Name, len(g.samples[i]), s.Count)
				}
			}
			return g.finish()
		}
	}
}

// growingRun is as much of a growing file as was read.
type growingRun struct {
	*decoder
	run *header // the last note
	// reason is why the run ended early, which is written to the first note.
	reason string
	notes  uint32
	// Of each series: its samples, and how many blocks they came in.
	samples [][]int64
	blocks  []uint32
}

func (g *growingRun) finish() (*Run, error) {
	run := &g.run.Run
	run.Series = make([]Series, len(g.run.Series))
	for i := range g.run.Series {
		run.Series[i] = g.run.Series[i].Series
		run.Series[i].Samples = g.samples[i]
	}
	if err := run.validate(); err != nil {
		return nil, &FormatError{Offset: int64(len(magic)), What: err.Error()}
	}
	return run, nil
}

// block reads one block; last is true for the last note. The error is errEnd where the
// file ends.
func (g *growingRun) block() (last bool, err error) {
	at := g.offset
	var fields [blockFields]byte
	if err := g.fillOrEnd(fields[:]); err != nil {
		return false, err
	}
	series := binary.LittleEndian.Uint32(fields[0:])
	number := binary.LittleEndian.Uint32(fields[4:])
	count := binary.LittleEndian.Uint32(fields[8:])
	length := binary.LittleEndian.Uint32(fields[12:])
	note := series == noteSeries
	switch {
	case count == 0 && length == 0:
		return false, g.reserved(at) // a writer fills count and length in last
	case note && (number != g.notes || count > 1 || length > maxHeader):
		return false, g.bad(at, "note %d of %d bytes, expected note %d: blocks are reordered, missing or damaged", number, length, g.notes)
	case !note && g.run == nil:
		return false, g.bad(at, "begins with a block of series %d, not with a note", series)
	case !note && int64(series) >= int64(len(g.blocks)):
		return false, g.bad(at, "block %d of series %d, of which no note tells", number, series)
	case !note && number != g.blocks[series]:
		return false, g.bad(at, "expected block %d of series %d, found block %d: blocks are reordered, missing or damaged", g.blocks[series], series, number)
	case !note && (count == 0 || count > blockSamples || length < count || length > count*binary.MaxVarintLen64):
		return false, g.bad(at, "block %d of series %d: %d bytes cannot hold %d samples", number, series, length, count)
	}
	payload, err := g.payload(int(length))
	if err != nil {
		return false, err
	}
	var stored [4]byte
	if err := g.fillOrEnd(stored[:]); err != nil {
		return false, err
	}
	crc := crc32.Update(crc32.Checksum(fields[:], castagnoli), castagnoli, payload)
	if got := binary.LittleEndian.Uint32(stored[:]); got != crc {
		return false, g.bad(at, "a block is damaged: checksum %08x, but its bytes give %08x; copy the file again or measure again", got, crc)
	}
	if note {
		return count == 1, g.note(payload, at+blockFields)
	}
	g.blocks[series]++
	g.samples[series], err = g.decode(g.samples[series], payload, int(count), int(number), g.run.Series[series].Name)
	return false, err
}

// payload reads one block's, growing with the bytes that are there.
func (g *growingRun) payload(length int) ([]byte, error) {
	const step = 1 << 20
	for have := 0; have < length; {
		n := min(length-have, step)
		if cap(g.decoder.block) < have+n {
			grown := make([]byte, have+n, min(length, 2*(have+n)))
			copy(grown, g.decoder.block[:have])
			g.decoder.block = grown
		}
		if err := g.fillOrEnd(g.decoder.block[have : have+n : have+n]); err != nil {
			return nil, err
		}
		have += n
	}
	return g.decoder.block[:length], nil
}

// note takes the run over that a note tells of.
func (g *growingRun) note(payload []byte, at int64) error {
	h := &header{}
	if err := json.Unmarshal(payload, h); err != nil {
		return &FormatError{at, "a note is not the JSON of a run: " + err.Error(), err}
	}
	if len(h.Series) < len(g.blocks) || len(h.Series) > maxSeries {
		return g.bad(at, "note %d has %d series, the one before it had %d", g.notes, len(h.Series), len(g.blocks))
	}
	for i := range g.blocks {
		was, is := &g.run.Series[i], &h.Series[i]
		if was.Name != is.Name || was.Kind != is.Kind || was.Process != is.Process {
			return g.bad(at, "note %d gives series %d, %q, another name: %q", g.notes, i, was.Name, is.Name)
		}
	}
	for len(g.blocks) < len(h.Series) {
		g.blocks, g.samples = append(g.blocks, 0), append(g.samples, nil)
	}
	if g.run = h; g.notes == 0 {
		g.reason = h.Incomplete
	}
	g.notes++
	return nil
}

// fillOrEnd fills b; the error is errEnd where the file ends before.
func (g *growingRun) fillOrEnd(b []byte) error {
	n, err := io.ReadFull(g.in, b)
	g.offset += int64(n)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return errEnd
	case err != nil:
		return fmt.Errorf("run file, byte %d: %w", g.offset, err)
	}
	return nil
}

// reserved checks that only zeros follow, which a writer that maps the file reserves.
func (g *growingRun) reserved(at int64) error {
	var b [4096]byte
	for {
		n, err := g.in.Read(b[:])
		for i, c := range b[:n] {
			if c != 0 && g.offset+int64(i) >= at+blockFields+maxTorn {
				return g.bad(g.offset+int64(i), "bytes follow a block without samples: the file is damaged")
			}
		}
		g.offset += int64(n)
		if err == io.EOF {
			return errEnd
		}
		if err != nil {
			return fmt.Errorf("run file, byte %d: %w", g.offset, err)
		}
	}
}

// maxTorn is how long a block is at most that its writer had begun to fill in.
const maxTorn = blockSamples*binary.MaxVarintLen64 + 4
