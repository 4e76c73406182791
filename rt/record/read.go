package record

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
)

// Read decodes a run file, whole or growing, and believes none of it: every length, checksum, block
// number and the digest are checked, and a file that is cut short, reordered,
// damaged or followed by anything else is refused with a [*FormatError]. Memory
// grows with the bytes that are really there, never with a length that the file
// merely claims. A growing file (see [Writer]) that was not
// finished is a run that is Incomplete.
func Read(r io.Reader) (*Run, error) {
	d := &decoder{in: bufio.NewReaderSize(r, 1<<16), sum: sha256.New()}
	v, err := d.version()
	if err != nil {
		return nil, err
	}
	if v == growing {
		return d.growing()
	}
	h, err := d.header()
	if err != nil {
		return nil, err
	}
	run := &h.Run
	run.Series = make([]Series, len(h.Series))
	for i := range h.Series {
		run.Series[i] = h.Series[i].Series
		if run.Series[i].Samples, err = d.samples(i, h.Series[i]); err != nil {
			return nil, err
		}
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if err := run.validate(); err != nil {
		return nil, &FormatError{Offset: int64(len(magic)), What: err.Error()}
	}
	return run, nil
}

// MagicSize is how many bytes [IsRunFile] looks at.
const MagicSize = len(magic)

// IsRunFile reports whether a file that starts so claims to be a run file.
func IsRunFile(start []byte) bool { return bytes.HasPrefix(start, []byte(magic)) }

// decoder reads a run file front to back.
type decoder struct {
	in  *bufio.Reader
	sum hash.Hash
	// offset counts the bytes read.
	offset int64
	// block is the memory that blocks are read into, one after the other.
	block []byte
}

// fill reads exactly len(b) bytes, which belong to what.
func (d *decoder) fill(b []byte, what string) error {
	n, err := io.ReadFull(d.in, b)
	d.offset += int64(n)
	d.sum.Write(b[:n])
	return d.ended(what, len(b), n, err)
}

// ended explains err, met after n of want bytes of what.
func (d *decoder) ended(what string, want, n int, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{d.offset, fmt.Sprintf("ends in %s, %d of its %d bytes are there: the file was cut short, measure again", what, n, want), io.ErrUnexpectedEOF}
	}
	return fmt.Errorf("run file, byte %d: reading %s: %w", d.offset, what, err)
}

func (d *decoder) bad(at int64, format string, args ...any) error {
	return &FormatError{Offset: at, What: fmt.Sprintf(format, args...)}
}

// version reads the magic and the version.
func (d *decoder) version() (uint32, error) {
	var start [len(magic) + 4]byte
	if err := d.fill(start[:len(magic)], "the magic"); err != nil {
		return 0, err
	}
	if string(start[:len(magic)]) != magic {
		return 0, d.bad(0, "starts with %q, not %q: this is no run file", start[:len(magic)], magic)
	}
	if err := d.fill(start[len(magic):], "the version"); err != nil {
		return 0, err
	}
	v := binary.LittleEndian.Uint32(start[len(magic):])
	if v != version && v != growing {
		return 0, d.bad(int64(len(magic)), "version %d: this program reads versions %d and %d; use the rtbench that wrote the file", v, version, growing)
	}
	return v, nil
}

func (d *decoder) header() (*header, error) {
	var start [4]byte
	if err := d.fill(start[:], "the header's length"); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(start[:])
	if length > maxHeader {
		return nil, d.bad(int64(len(magic)+4), "header of %d bytes: at most %d, the file is damaged", length, maxHeader)
	}
	at := d.offset
	var text bytes.Buffer
	n, err := io.CopyN(io.MultiWriter(&text, d.sum), d.in, int64(length))
	d.offset += n
	if err := d.ended("the header", int(length), int(n), err); err != nil {
		return nil, err
	}
	crc := crc32.Update(crc32.Checksum(start[:], castagnoli), castagnoli, text.Bytes())
	if err := d.checksum(crc, at, "the header"); err != nil {
		return nil, err
	}
	h := &header{}
	if err := json.Unmarshal(text.Bytes(), h); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at += syntax.Offset
		}
		return nil, &FormatError{at, "header is not the JSON of a run: " + err.Error(), err}
	}
	return h, nil
}

// checksum reads a stored CRC and compares it with that of what starts at at.
func (d *decoder) checksum(crc uint32, at int64, what string) error {
	var stored [4]byte
	if err := d.fill(stored[:], what+"'s checksum"); err != nil {
		return err
	}
	if got := binary.LittleEndian.Uint32(stored[:]); got != crc {
		return d.bad(at, "%s is damaged: checksum %08x, but its bytes give %08x; copy the file again or measure again", what, got, crc)
	}
	return nil
}

// samples reads all blocks of series i.
func (d *decoder) samples(i int, s headerSeries) ([]int64, error) {
	if s.Count < 0 {
		return nil, d.bad(int64(len(magic)), "series %d (%q) claims %d samples", i, s.Name, s.Count)
	}
	var samples []int64
	for number := 0; int64(len(samples)) < s.Count; number++ {
		want := min(s.Count-int64(len(samples)), blockSamples)
		payload, err := d.readBlock(i, number, int(want), s.Name)
		if err != nil {
			return nil, err
		}
		if samples, err = d.decode(grow(samples, s.Count), payload, int(want), number, s.Name); err != nil {
			return nil, err
		}
	}
	return samples, nil
}

// decode appends the samples of the block that was read last.
func (d *decoder) decode(samples []int64, payload []byte, count, number int, name string) ([]int64, error) {
	at := d.offset - int64(len(payload)) - 4
	last := int64(0)
	for range count {
		delta, n := binary.Varint(payload)
		if n <= 0 {
			return nil, d.bad(at, "block %d of series %q ends inside a sample", number, name)
		}
		last += delta
		samples = append(samples, last)
		payload = payload[n:]
		at += int64(n)
	}
	if len(payload) > 0 {
		return nil, d.bad(at, "block %d of series %q has %d bytes after its last sample", number, name, len(payload))
	}
	return samples, nil
}

// grow makes room for a block, doubling up to exactly count: each doubling is
// backed by as many samples already read.
func grow(samples []int64, count int64) []int64 {
	n := int64(len(samples))
	if n+blockSamples <= int64(cap(samples)) {
		return samples
	}
	room := min(count, max(2*n, blockSamples))
	return slices.Grow(samples, int(room-n))
}

// readBlock returns the checked payload of one block, valid until the next one.
func (d *decoder) readBlock(series, number, want int, name string) ([]byte, error) {
	at := d.offset
	what := fmt.Sprintf("block %d of series %q", number, name)
	var fields [blockFields]byte
	if err := d.fill(fields[:], what); err != nil {
		return nil, err
	}
	gotSeries := binary.LittleEndian.Uint32(fields[0:])
	gotNumber := binary.LittleEndian.Uint32(fields[4:])
	count := binary.LittleEndian.Uint32(fields[8:])
	length := binary.LittleEndian.Uint32(fields[12:])
	switch {
	case gotSeries != uint32(series) || gotNumber != uint32(number):
		return nil, d.bad(at, "expected %s (series %d), found block %d of series %d: blocks are reordered, missing or damaged", what, series, gotNumber, gotSeries)
	case count != uint32(want):
		return nil, d.bad(at+8, "%s holds %d samples, the header says %d", what, count, want)
	case length < count || length > count*binary.MaxVarintLen64:
		return nil, d.bad(at+12, "%s: %d bytes cannot hold %d samples", what, length, count)
	}
	if cap(d.block) < int(length) {
		d.block = make([]byte, length)
	}
	payload := d.block[:length]
	if err := d.fill(payload, what); err != nil {
		return nil, err
	}
	crc := crc32.Update(crc32.Checksum(fields[:], castagnoli), castagnoli, payload)
	return payload, d.checksum(crc, at, what)
}

// end checks the digest and that nothing follows it.
func (d *decoder) end() error {
	at, want := d.offset, d.sum.Sum(nil)
	var stored [digestSize]byte
	if err := d.fill(stored[:], "the digest"); err != nil {
		return err
	}
	if !bytes.Equal(stored[:], want) {
		return d.bad(at, "digest does not match the bytes before it: the file was changed, copy it again or measure again")
	}
	if _, err := d.in.ReadByte(); err != io.EOF {
		if err != nil {
			return fmt.Errorf("run file, byte %d: %w", d.offset, err)
		}
		return d.bad(d.offset, "bytes follow the digest: two files joined, or not a run file")
	}
	return nil
}
