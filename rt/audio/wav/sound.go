package wav

import (
	"errors"
	"fmt"
	"io"
)

// Sound is the content of a file.
type Sound struct {
	// Rate in frames a second.
	Rate int
	// Channels are of one length, nominally in −1 to 1.
	Channels [][]float32
}

// String gives the rate, the channels and the length.
func (s *Sound) String() string {
	return fmt.Sprintf("%d Hz, %d channels, %d frames", s.Rate, len(s.Channels), s.Frames())
}

// Frames is the length of every channel.
func (s *Sound) Frames() int {
	if len(s.Channels) == 0 {
		return 0
	}
	return len(s.Channels[0])
}

// Read reads a file. The error for anything but a whole WAV file of a known format
// is a *FormatError. Where the file is shorter than its header says, Read returns
// the frames that are there together with an error that wraps io.ErrUnexpectedEOF.
func Read(r io.Reader) (*Sound, error) {
	reader, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	info := reader.Info()
	s := &Sound{Rate: info.Rate, Channels: make([][]float32, info.Channels)}
	// The header's length is trusted for one block only; after that the channels
	// grow with the data read.
	block := bufferBytes
	if info.Frames >= 0 {
		block = int(min(info.Frames, 1<<20/int64(info.Channels))) + 1
	}
	grown := make([][]float32, info.Channels)
	for {
		have := s.Frames()
		for c := range s.Channels {
			s.Channels[c] = append(s.Channels[c], make([]float32, block)...)
			grown[c] = s.Channels[c][have:]
		}
		n, err := reader.ReadFrames(grown)
		for c := range s.Channels {
			s.Channels[c] = s.Channels[c][:have+n]
		}
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return s, err
		case err != nil:
			return nil, err
		}
		block = max(block, s.Frames())
	}
}

// Write writes s as a file.
func Write(w io.Writer, s *Sound, f Format) error {
	c := WriterConfig{Rate: s.Rate, Channels: len(s.Channels), Format: f}
	if err := c.validate(); err != nil {
		return err
	}
	for _, channel := range s.Channels {
		if len(channel) != s.Frames() {
			return fmt.Errorf("wav: channels of %d and %d frames; give one length", s.Frames(), len(channel))
		}
	}
	size := c.Channels * f.bytes()
	data := int64(s.Frames()) * int64(size)
	if _, err := w.Write(appendHeader(nil, c, data, false)); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	// The header is complete, so the rest is written as to a pipe.
	rest := &Writer{w: w, config: c, buffer: make([]byte, max(1, bufferBytes/size)*size)}
	if err := rest.WriteFrames(s.Channels); err != nil {
		return err
	}
	return rest.Close()
}
