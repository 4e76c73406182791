package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// file is a file in memory.
type file struct {
	data []byte
	at   int
}

func (f *file) Write(p []byte) (int, error) {
	if need := f.at + len(p); need > len(f.data) {
		f.data = append(f.data, make([]byte, need-len(f.data))...)
	}
	f.at += copy(f.data[f.at:], p)
	return len(p), nil
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		f.at = int(offset)
	case io.SeekCurrent:
		f.at += int(offset)
	case io.SeekEnd:
		f.at = len(f.data) + int(offset)
	}
	return int64(f.at), nil
}

func sound(channels, frames int) *Sound {
	random := rand.New(rand.NewPCG(1, uint64(channels)))
	s := &Sound{Rate: 44100, Channels: make([][]float32, channels)}
	for c := range s.Channels {
		for range frames {
			s.Channels[c] = append(s.Channels[c], random.Float32()*2-1)
		}
	}
	return s
}

func encode(t testing.TB, s *Sound, f Format) []byte {
	t.Helper()
	var w file
	if err := Write(&w, s, f); err != nil {
		t.Fatal(err)
	}
	return w.data
}

func TestRoundTrip(t *testing.T) {
	for f, step := range map[Format]float64{Float32: 0, PCM16: 1.0 / (1 << 15), PCM24: 1.0 / (1 << 23)} {
		for _, channels := range []int{1, 2, 5} {
			want := sound(channels, 77)
			want.Channels[0][3] = 1
			want.Channels[0][4] = -1
			got, err := Read(bytes.NewReader(encode(t, want, f)))
			if err != nil {
				t.Fatal(err)
			}
			if got.Rate != want.Rate || len(got.Channels) != channels || got.Frames() != 77 {
				t.Fatalf("format %d: %d channels of %d frames at %d", f, len(got.Channels), got.Frames(), got.Rate)
			}
			for c := range want.Channels {
				for i, v := range want.Channels[c] {
					if d := math.Abs(float64(got.Channels[c][i] - v)); d > step {
						t.Fatalf("format %d, channel %d, frame %d: %v, want %v", f, c, i, got.Channels[c][i], v)
					}
				}
			}
		}
	}
}

// TestFloatKeepsBits: also those of NaN, infinities and denormal numbers.
func TestFloatKeepsBits(t *testing.T) {
	bits := []uint32{0x7fc00001, 0xff800000, 1, 0x80000001, 0x80000000, 0x7f7fffff}
	s := &Sound{Rate: 48000, Channels: make([][]float32, 1)}
	for _, b := range bits {
		s.Channels[0] = append(s.Channels[0], math.Float32frombits(b))
	}
	got, err := Read(bytes.NewReader(encode(t, s, Float32)))
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range bits {
		if g := math.Float32bits(got.Channels[0][i]); g != b {
			t.Errorf("%#x became %#x", b, g)
		}
	}
}

func TestClips(t *testing.T) {
	got, err := Read(bytes.NewReader(encode(t, &Sound{Rate: 1, Channels: [][]float32{{9, -9}}}, PCM16)))
	if err != nil || got.Channels[0][0] != 32767.0/32768 || got.Channels[0][1] != -1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	for want, s := range map[string]*Sound{
		"0 channels": {Rate: 1}, "a rate of 0": {Channels: [][]float32{{}}},
		"one length": {Rate: 1, Channels: [][]float32{{1}, {}}},
	} {
		if err := Write(&file{}, s, PCM16); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := Write(&file{}, sound(1, 1), 9); err == nil {
		t.Error("an unknown format is accepted")
	}
}

// patch changes two bytes of a good file.
func patch(t *testing.T, at int, value uint16) []byte {
	b := encode(t, sound(2, 10), PCM16)
	binary.LittleEndian.PutUint16(b[at:], value)
	return b
}

func TestReadRefuses(t *testing.T) {
	good := encode(t, sound(2, 10), PCM16)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":    {nil, "no RIFF header"},
		"text":       {[]byte("this is no sound at all, just text"), "no RIFF header"},
		"no data":    {good[:36], `no "data" chunk`},
		"cut short":  {good[:len(good)-5], `cut short: chunk "data" has 35 of 40 bytes`},
		"format":     {patch(t, 20, 85), "format 85 with 16 bits a sample; convert"},
		"bits":       {patch(t, 34, 7), "format 1 with 7 bits"},
		"channels":   {patch(t, 22, 0), "0 channels"},
		"many":       {patch(t, 22, 999), "999 channels"},
		"no rate":    {patch(t, 24, 0), "a rate of 0"},
		"only RIFF":  {good[:12], `no "fmt " chunk`},
		"half a fmt": {good[:25], `cut short: chunk "fmt " has 5 of 16 bytes`},
	} {
		s, err := Read(bytes.NewReader(c.data))
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, s, err, c.want)
		}
	}
}

// TestOtherChunks: what else a file holds is passed over.
func TestOtherChunks(t *testing.T) {
	good := encode(t, sound(1, 3), PCM24) // nine bytes of data, unpadded
	other := []byte("LIST\x03\x00\x00\x00abc\x00")
	data := append([]byte{}, good[:12]...)
	data = append(append(data, other...), good[12:36]...)
	data = append(append(data, other...), good[36:]...)
	s, err := Read(bytes.NewReader(data))
	if err != nil || s.Frames() != 3 {
		t.Errorf("%v, %v", s, err)
	}
}

// FuzzRead: whatever the bytes, Read answers with an error or with channels of one
// length, and writes those back to the same samples.
func FuzzRead(f *testing.F) {
	for _, format := range []Format{Float32, PCM16, PCM24} {
		f.Add(encode(f, sound(2, 9), format))
	}
	f.Add([]byte("RIFF\x04\x00\x00\x00WAVE"))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\x7fINFO"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(bytes.NewReader(data))
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) {
				t.Fatalf("an error of type %T: %v", err, err)
			}
			return
		}
		if s.Frames()*len(s.Channels)*2 > len(data) {
			t.Fatalf("%d frames of %d channels from %d bytes", s.Frames(), len(s.Channels), len(data))
		}
		again, err := Read(bytes.NewReader(encode(t, s, Float32)))
		if err != nil {
			t.Fatal(err)
		}
		for c := range s.Channels {
			for i, v := range s.Channels[c] {
				if math.Float32bits(again.Channels[c][i]) != math.Float32bits(v) {
					t.Fatalf("channel %d, frame %d: %v became %v", c, i, v, again.Channels[c][i])
				}
			}
		}
	})
}
