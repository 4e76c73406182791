package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	goaudio "github.com/go-audio/audio"
	"github.com/go-audio/wav"
)

// Sound is the content of a file.
type Sound struct {
	// Rate in frames a second.
	Rate int
	// Channels are of one length, nominally in −1 to 1.
	Channels [][]float32
}

// Frames is the length of every channel.
func (s *Sound) Frames() int {
	if len(s.Channels) == 0 {
		return 0
	}
	return len(s.Channels[0])
}

// Format of a file's samples.
type Format uint8

const (
	// Float32 keeps every bit of a sample.
	Float32 Format = iota
	// PCM16 and PCM24 are integers; what lies beyond −1 to 1 is clipped.
	PCM16
	PCM24
)

// bits of a sample.
func (f Format) bits() int {
	switch f {
	case PCM16:
		return 16
	case PCM24:
		return 24
	}
	return 32
}

// FormatError says why a file is none that can be read here.
type FormatError struct {
	// What is wrong, and what to do.
	What string
	// Err is the cause, where there is one.
	Err error
}

// Error is "wav: …".
func (e *FormatError) Error() string {
	if e.Err != nil {
		return "wav: " + e.What + ": " + e.Err.Error()
	}
	return "wav: " + e.What
}

// Unwrap is Err.
func (e *FormatError) Unwrap() error { return e.Err }

const (
	codePCM, codeFloat, codeExtensible = 1, 3, 0xFFFE

	maxChannels = 64
	maxRate     = 1_000_000
)

// Read reads a file. The error for anything but a whole WAV file of a known format
// is a *FormatError.
func Read(r io.Reader) (*Sound, error) {
	file, err := essentials(r)
	if err != nil {
		return nil, err
	}
	d := wav.NewDecoder(bytes.NewReader(file))
	if d.ReadInfo(); d.Err() != nil || d.EOF() {
		return nil, &FormatError{"no format that can be read", d.Err()}
	}
	decode, err := decoder(d)
	if err != nil {
		return nil, err
	}
	data, err := findData(d)
	if err != nil {
		return nil, err
	}
	s := &Sound{Rate: int(d.SampleRate), Channels: make([][]float32, d.NumChans)}
	width := int(d.BitDepth) / 8
	frames := len(data) / (width * len(s.Channels))
	for c := range s.Channels {
		s.Channels[c] = make([]float32, frames)
		for i := range s.Channels[c] {
			s.Channels[c][i] = decode(data[(i*len(s.Channels)+c)*width:])
		}
	}
	return s, nil
}

// essentials is the file with nothing but its first format chunk and its first data
// chunk. The decoder believes what a chunk says of its size and reads all that it
// finds before the format; here a chunk longer than the file is refused.
func essentials(r io.Reader) ([]byte, error) {
	file, err := io.ReadAll(r)
	if err != nil {
		return nil, &FormatError{"cannot be read", err}
	}
	if len(file) < riffHeader || string(file[:4]) != "RIFF" || string(file[8:riffHeader]) != "WAVE" {
		return nil, &FormatError{What: "no RIFF header"}
	}
	kept, rest := slices.Clip(file[:riffHeader]), file[riffHeader:]
	for _, name := range []string{"fmt ", "data"} {
		for {
			if len(rest) < chunkHeader {
				return nil, &FormatError{What: fmt.Sprintf("no %q chunk", name)}
			}
			this := string(rest[:4])
			size := uint64(binary.LittleEndian.Uint32(rest[4:]))
			if have := uint64(len(rest) - chunkHeader); size > have {
				return nil, &FormatError{fmt.Sprintf("cut short: chunk %q has %d of %d bytes", this, have, size), io.ErrUnexpectedEOF}
			}
			whole := min(chunkHeader+size+size%2, uint64(len(rest))) // padded, or at the end
			chunk := rest[:whole]
			rest = rest[whole:]
			if this == name {
				kept = append(kept, chunk...)
				break
			}
		}
	}
	return kept, nil
}

const (
	riffHeader  = 12 // "RIFF", size, "WAVE"
	chunkHeader = 8  // name, size
)

// decoder is how to read one sample; it refuses headers that make no sense.
func decoder(d *wav.Decoder) (func([]byte) float32, error) {
	wrong := func(format string, args ...any) (func([]byte) float32, error) {
		return nil, &FormatError{What: fmt.Sprintf(format, args...)}
	}
	switch {
	case d.NumChans < 1 || d.NumChans > maxChannels:
		return wrong("%d channels; 1 to %d can be read", d.NumChans, maxChannels)
	case d.SampleRate < 1 || d.SampleRate > maxRate:
		return wrong("a rate of %d frames a second", d.SampleRate)
	}
	code, bits := d.WavAudioFormat, d.BitDepth
	switch {
	case (code == codePCM || code == codeExtensible) && bits == 16:
		return func(b []byte) float32 { return float32(int16(uint16(b[0])|uint16(b[1])<<8)) / (1 << 15) }, nil
	case (code == codePCM || code == codeExtensible) && bits == 24:
		return func(b []byte) float32 {
			return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
		}, nil
	case code == codeFloat && bits == 32:
		return func(b []byte) float32 {
			return math.Float32frombits(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
		}, nil
	}
	return wrong("format %d with %d bits a sample; convert it to 16 or 24 bit PCM, or to 32 bit float (format 3)", code, bits)
}

// findData reads the data chunk.
func findData(d *wav.Decoder) ([]byte, error) {
	if err := d.FwdToPCM(); err != nil || d.PCMChunk == nil {
		return nil, &FormatError{"no data", err}
	}
	data, err := io.ReadAll(d.PCMChunk.R)
	if err != nil {
		return nil, &FormatError{"reading the data", err}
	}
	return data, nil
}

// Write writes s as a file. w must be able to seek, because the sizes in the
// header are filled in last.
func Write(w io.WriteSeeker, s *Sound, f Format) error {
	switch {
	case f > PCM24:
		return fmt.Errorf("wav: format %d is unknown; give Float32, PCM16 or PCM24", f)
	case len(s.Channels) < 1 || len(s.Channels) > maxChannels:
		return fmt.Errorf("wav: %d channels; give 1 to %d", len(s.Channels), maxChannels)
	case s.Rate < 1 || s.Rate > maxRate:
		return fmt.Errorf("wav: a rate of %d frames a second; give e.g. 48000", s.Rate)
	}
	for _, c := range s.Channels {
		if len(c) != s.Frames() {
			return fmt.Errorf("wav: a channel of %d frames beside one of %d; give channels of one length", len(c), s.Frames())
		}
	}
	if size := int64(s.Frames()) * int64(len(s.Channels)*f.bits()/8); size > math.MaxUint32-1<<10 {
		return fmt.Errorf("wav: %d bytes do not fit into a WAV file; write it in parts", size)
	}
	code := codePCM
	if f == Float32 {
		code = codeFloat
	}
	e := wav.NewEncoder(w, 1, f.bits(), len(s.Channels), code)
	e.SampleRate = s.Rate // given above it would reserve memory for a minute
	err := e.Write(&goaudio.IntBuffer{
		Format: &goaudio.Format{NumChannels: len(s.Channels), SampleRate: s.Rate},
		Data:   interleaved(s, f), SourceBitDepth: f.bits(),
	})
	if err := errors.Join(err, e.Close()); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	return nil
}

// interleaved is the samples in file order, as integers whose low bits are what
// is written.
func interleaved(s *Sound, f Format) []int {
	data := make([]int, 0, s.Frames()*len(s.Channels))
	full := float64(int(1) << (f.bits() - 1))
	for i := range s.Frames() {
		for _, c := range s.Channels {
			if f == Float32 {
				data = append(data, int(math.Float32bits(c[i])))
				continue
			}
			data = append(data, int(math.RoundToEven(min(max(float64(c[i])*full, -full), full-1))))
		}
	}
	return data
}
