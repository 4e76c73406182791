package wav

import (
	"bufio"
	"fmt"
	"io"
)

// Reader reads a file block by block.
type Reader struct {
	r       io.Reader
	header  header
	read    int64  // bytes of samples read
	part    int    // bytes of an unfinished frame at the start of buffer
	buffer  []byte // whole frames
	readErr error
}

// bufferBytes is what a Reader and a Writer convert at a time. Larger blocks gain
// nothing: the samples of one lie in a processor's first cache.
const bufferBytes = 16 << 10

// NewReader reads the header. The error for anything but a WAV file of a known
// format is a *FormatError.
func NewReader(r io.Reader) (*Reader, error) {
	if _, ok := r.(io.ByteReader); !ok {
		r = bufio.NewReaderSize(r, bufferBytes)
	}
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	size := h.info.frameBytes()
	return &Reader{r: r, header: h, buffer: make([]byte, max(1, bufferBytes/size)*size)}, nil
}

// Info returns what the header says.
func (r *Reader) Info() Info { return r.header.info }

// ReadFrames fills dst, one slice a channel, all of one length, and returns the
// number of frames that it read: fewer than asked for only together with an error.
// The error is io.EOF at the end, and a *FormatError that wraps
// io.ErrUnexpectedEOF where the file is shorter than its header says; the frames
// before that are valid. It does not allocate.
func (r *Reader) ReadFrames(dst [][]float32) (int, error) {
	if len(dst) != r.header.info.Channels {
		return 0, fmt.Errorf("wav: %d slices for a file of %d channels; give one a channel", len(dst), r.header.info.Channels)
	}
	want := len(dst[0])
	for _, c := range dst {
		if len(c) != want {
			return 0, fmt.Errorf("wav: slices of %d and %d frames; give one length", want, len(c))
		}
	}
	size := r.header.info.frameBytes()
	done := 0
	for done < want {
		if r.readErr != nil {
			return done, r.readErr
		}
		n := r.fill((want - done) * size)
		frames := n / size
		decode(dst, done, r.buffer[:frames*size], r.header.info.Format)
		r.part = copy(r.buffer, r.buffer[frames*size:n])
		done += frames
	}
	return done, nil
}

// fill reads until the buffer holds at most limit bytes of samples, and returns how
// many it holds. A short read sets readErr.
func (r *Reader) fill(limit int) int {
	rest := r.buffer[r.part:min(len(r.buffer), limit)]
	size := int64(r.header.info.frameBytes())
	// Bytes after the last whole frame are not read.
	whole := r.header.dataBytes / size * size
	if r.header.dataBytes >= 0 {
		rest = rest[:min(int64(len(rest)), whole-r.read)]
	}
	n, err := io.ReadFull(r.r, rest)
	if len(rest) == 0 {
		err = io.EOF
	}
	r.read += int64(n)
	switch {
	case err == nil:
	case err != io.EOF && err != io.ErrUnexpectedEOF:
		r.readErr = &FormatError{"cannot be read", err}
	case r.read < whole && !r.header.placeholder:
		r.readErr = &FormatError{fmt.Sprintf("cut short: chunk %q has %d of %d bytes", "data", r.read, r.header.dataBytes), io.ErrUnexpectedEOF}
	default:
		r.readErr = io.EOF
	}
	return r.part + n
}
