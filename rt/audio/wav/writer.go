package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// WriterConfig describes the file that a [Writer] writes.
type WriterConfig struct {
	// Rate in frames a second, 1 to 1,000,000. It has no default.
	Rate int
	// Channels in a frame, 1 to 64. It has no default.
	Channels int
	// Format of the samples. The zero Format is Float32.
	Format Format
	// ChannelMask names the loudspeakers, as in [Info]. 0 names none.
	ChannelMask uint32
}

func (c *WriterConfig) validate() error {
	switch {
	case c.Rate < 1 || c.Rate > maxRate:
		return fmt.Errorf("wav: WriterConfig.Rate is %d frames a second; set 1 to %d, such as 48000", c.Rate, maxRate)
	case c.Channels < 1 || c.Channels > maxChannels:
		return fmt.Errorf("wav: WriterConfig.Channels is %d; set 1 to %d", c.Channels, maxChannels)
	case c.Format >= formats:
		return fmt.Errorf("wav: WriterConfig.Format is %d; set Float32, Float64, PCM8, PCM16, PCM24 or PCM32", c.Format)
	}
	return nil
}

// Writer writes a file block by block.
//
// Where the file can seek, Close fills in the sizes, and a file beyond 4 GiB
// becomes RF64, for which the header has a place. Elsewhere, as in a pipe, the
// sizes stay at their largest value, which readers take as: to the end.
type Writer struct {
	w      io.Writer
	seeker io.Seeker // nil where the file cannot seek
	start  int64     // offset of the header
	head   int64     // bytes of the header
	config WriterConfig
	bytes  int64
	buffer []byte
	err    error
}

// NewWriter writes the header.
func NewWriter(w io.Writer, c WriterConfig) (*Writer, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	size := c.Channels * c.Format.bytes()
	s := &Writer{w: w, config: c, buffer: make([]byte, max(1, bufferBytes/size)*size)}
	if seeker, ok := w.(io.Seeker); ok {
		// A pipe is a file that cannot seek.
		if at, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			s.seeker, s.start = seeker, at
		}
	}
	head := appendHeader(nil, c, -1, s.seeker != nil)
	s.head = int64(len(head))
	if _, err := w.Write(head); err != nil {
		return nil, fmt.Errorf("wav: %w", err)
	}
	return s, nil
}

// WriteFrames appends src, one slice a channel, all of one length. It does not
// allocate.
func (s *Writer) WriteFrames(src [][]float32) error {
	if s.err != nil {
		return s.err
	}
	if len(src) != s.config.Channels {
		return fmt.Errorf("wav: %d slices for a file of %d channels; give one a channel", len(src), s.config.Channels)
	}
	frames := len(src[0])
	for _, c := range src {
		if len(c) != frames {
			return fmt.Errorf("wav: slices of %d and %d frames; give one length", frames, len(c))
		}
	}
	size := len(src) * s.config.Format.bytes()
	for at := 0; at < frames; {
		n := min(frames-at, len(s.buffer)/size)
		b := s.buffer[:n*size]
		encode(b, src, at, s.config.Format)
		if _, err := s.w.Write(b); err != nil {
			s.err = fmt.Errorf("wav: %w", err)
			return s.err
		}
		s.bytes += int64(len(b))
		at += n
	}
	return nil
}

// errClosed is what a closed Writer answers.
var errClosed = errors.New("wav: the Writer is closed")

// Close writes the remaining samples and fills in the sizes. It does not close the
// file. A second Close returns an error.
func (s *Writer) Close() error {
	if s.err != nil {
		return s.err
	}
	s.err = errClosed
	if s.bytes%2 == 1 {
		if _, err := s.w.Write([]byte{0}); err != nil {
			return fmt.Errorf("wav: %w", err)
		}
	}
	if s.seeker == nil {
		return nil
	}
	if _, err := s.seeker.Seek(s.start, io.SeekStart); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	if _, err := s.w.Write(appendHeader(nil, s.config, s.bytes, true)); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	if _, err := s.seeker.Seek(s.start+s.head+s.bytes+s.bytes%2, io.SeekStart); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	return nil
}

// appendHeader appends all that stands before the samples. data is their size in
// bytes, −1 for unknown. reserve keeps a place for the sizes of 64 bits, so that the
// header has one length for every size.
func appendHeader(b []byte, c WriterConfig, data int64, reserve bool) []byte {
	le := binary.LittleEndian
	frameBytes := c.Channels * c.Format.bytes()
	code, fmtBytes, factBytes := uint16(codePCM), 16, 0
	if c.Format.float() {
		code, fmtBytes, factBytes = codeFloat, 18, chunkHeader+4
	}
	extensible := c.Channels > 2 || c.ChannelMask != 0
	if extensible {
		fmtBytes = 40
	}
	// covered is what the RIFF size counts.
	covered := int64(len("WAVE")+chunkHeader+fmtBytes+factBytes+chunkHeader) + data + data&1
	if reserve {
		covered += chunkHeader + ds64Bytes
	}
	kind, riffBytes, dataBytes, frames := "RIFF", uint32(unknown32), uint32(unknown32), uint32(unknown32)
	wide := data >= 0 && covered >= placeholders
	switch {
	case wide && !reserve:
		covered += chunkHeader + ds64Bytes
		fallthrough
	case wide:
		kind = "RF64"
	case data >= 0:
		riffBytes, dataBytes, frames = uint32(covered), uint32(data), uint32(data/int64(frameBytes))
	}

	b = append(b, kind...)
	b = le.AppendUint32(b, riffBytes)
	b = append(b, "WAVE"...)
	if wide {
		b = appendChunk(b, "ds64", ds64Bytes)
		b = le.AppendUint64(b, uint64(covered))
		b = le.AppendUint64(b, uint64(data))
		b = le.AppendUint64(b, uint64(data/int64(frameBytes)))
		b = le.AppendUint32(b, 0) // no table
	} else if reserve {
		b = appendChunk(b, "JUNK", ds64Bytes)
		b = append(b, make([]byte, ds64Bytes)...)
	}
	b = appendChunk(b, "fmt ", uint32(fmtBytes))
	if extensible {
		b = le.AppendUint16(b, codeExtensible)
	} else {
		b = le.AppendUint16(b, code)
	}
	bits := uint16(8 * c.Format.bytes())
	b = le.AppendUint16(b, uint16(c.Channels))
	b = le.AppendUint32(b, uint32(c.Rate))
	b = le.AppendUint32(b, uint32(c.Rate*frameBytes))
	b = le.AppendUint16(b, uint16(frameBytes))
	b = le.AppendUint16(b, bits)
	if extensible {
		b = le.AppendUint16(b, 22)
		b = le.AppendUint16(b, bits)
		b = le.AppendUint32(b, c.ChannelMask)
		b = le.AppendUint16(b, code)
		b = append(b, guidTail...)
	} else if c.Format.float() {
		b = le.AppendUint16(b, 0)
	}
	if c.Format.float() {
		b = appendChunk(b, "fact", 4)
		b = le.AppendUint32(b, frames)
	}
	return appendChunk(b, "data", dataBytes)
}

func appendChunk(b []byte, name string, size uint32) []byte {
	return binary.LittleEndian.AppendUint32(append(b, name...), size)
}
