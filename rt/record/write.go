package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
)

// Write encodes run as a run file. It refuses a run that no measurement can have
// made (a counter that is NaN, two series of one kind from one process) before
// it writes the first byte.
func Write(w io.Writer, run *Run) error {
	if err := run.validate(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	text, err := json.Marshal(headerOf(run))
	if err != nil {
		return fmt.Errorf("record: header: %w", err)
	}
	if len(text) > maxHeader {
		return fmt.Errorf("record: header of %d bytes: at most %d; keep fewer outliers or series", len(text), maxHeader)
	}
	sum := sha256.New()
	out := io.MultiWriter(w, sum)
	start := binary.LittleEndian.AppendUint32([]byte(magic), version)
	if _, err := out.Write(appendChecked(start, len(start), binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text)); err != nil {
		return err
	}
	var block []byte
	for i := range run.Series {
		samples := run.Series[i].Samples
		for number := 0; len(samples) > 0; number++ {
			n := min(len(samples), blockSamples)
			block = appendBlock(block[:0], i, number, samples[:n])
			if _, err := out.Write(block); err != nil {
				return err
			}
			samples = samples[n:]
		}
	}
	_, err = w.Write(sum.Sum(nil))
	return err
}

func headerOf(run *Run) header {
	h := header{Run: *run, Series: make([]headerSeries, len(run.Series))}
	for i := range run.Series {
		h.Series[i] = headerSeries{Series: run.Series[i], Count: int64(len(run.Series[i].Samples))}
	}
	return h
}

// appendChecked appends the parts and the CRC of everything from index from.
func appendChecked(b []byte, from int, parts ...[]byte) []byte {
	for _, p := range parts {
		b = append(b, p...)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
}

func appendBlock(b []byte, series, number int, samples []int64) []byte {
	from := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(series))
	b = binary.LittleEndian.AppendUint32(b, uint32(number))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(samples)))
	b = append(b, 0, 0, 0, 0)
	last := int64(0)
	for _, v := range samples {
		b = binary.AppendVarint(b, v-last)
		last = v
	}
	payload := b[from+blockFields:]
	binary.LittleEndian.PutUint32(b[from+12:], uint32(len(payload)))
	return appendChecked(b, from)
}
