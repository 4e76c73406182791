package alloctrace

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

//go:embed testdata/gofmt.alloc.gz
var gofmtAllocations []byte

// Recorded is a real program's trace: go/format over nine files of net/http.
// testdata/README.md says how it was recorded.
func Recorded() *Trace {
	t, err := decode(bytes.NewReader(gofmtAllocations))
	if err != nil {
		panic("alloctrace: embedded recording: " + err.Error())
	}
	t.Name = "recorded"
	return t
}

// largestBlock is the largest block that a recording may hold, 256 MiB.
const largestBlock = 256 << 20

// decode reads a recording; testdata/README.md describes the format.
func decode(r io.Reader) (*Trace, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReader(z)
	b := newBuilder("", 0, math.MaxInt)
	var born []uint32
	for {
		v, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			return b.close(), nil
		}
		if err != nil {
			return nil, fmt.Errorf("operation %d: %w", len(b.trace.Ops), err)
		}
		if v > largestBlock/8 {
			return nil, fmt.Errorf("operation %d: block of %d×8 bytes, at most %d bytes are allowed", len(b.trace.Ops), v, largestBlock)
		}
		if v > 0 {
			born = append(born, b.allocAny(uint32(8*v)))
			continue
		}
		age, err := binary.ReadUvarint(in)
		if err != nil {
			return nil, fmt.Errorf("operation %d: age of a freed block: %w", len(b.trace.Ops), noEOF(err))
		}
		if age == 0 || age > uint64(len(born)) {
			return nil, fmt.Errorf("operation %d: free of a block %d allocations old, only %d were made", len(b.trace.Ops), age, len(born))
		}
		at := len(born) - int(age)
		if born[at] == freed {
			return nil, fmt.Errorf("operation %d: allocation %d is freed twice", len(b.trace.Ops), at)
		}
		b.free(born[at])
		born[at] = freed
	}
}

// freed marks an allocation whose block is gone.
const freed = math.MaxUint32

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
