package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

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

func encoded(t testing.TB, s *Sound, f Format) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := Write(&w, s, f); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for f, step := range map[Format]float64{
		Float32: 0, Float64: 0, PCM8: 1.0 / (1 << 7), PCM16: 1.0 / (1 << 15), PCM24: 1.0 / (1 << 23), PCM32: 1.0 / (1 << 31),
	} {
		for _, channels := range []int{1, 2, 5} {
			want := sound(channels, 77)
			want.Channels[0][3] = 1
			want.Channels[0][4] = -1
			got, err := Read(bytes.NewReader(encoded(t, want, f)))
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
	got, err := Read(bytes.NewReader(encoded(t, s, Float32)))
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
	got, err := Read(bytes.NewReader(encoded(t, &Sound{Rate: 1, Channels: [][]float32{{9, -9, float32(math.NaN())}}}, PCM16)))
	if err != nil || got.Channels[0][0] != 32767.0/32768 || got.Channels[0][1] != -1 || got.Channels[0][2] != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	for want, s := range map[string]*Sound{
		"Channels is 0": {Rate: 1}, "Rate is 0": {Channels: [][]float32{{}}},
		"one length": {Rate: 1, Channels: [][]float32{{1}, {}}},
	} {
		if err := Write(io.Discard, s, PCM16); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := Write(io.Discard, sound(1, 1), 9); err == nil {
		t.Error("an unknown format is accepted")
	}
}

// patch changes two bytes of a good file.
func patch(t *testing.T, at int, value uint16) []byte {
	b := encoded(t, sound(2, 10), PCM16)
	binary.LittleEndian.PutUint16(b[at:], value)
	return b
}

func TestReadRefuses(t *testing.T) {
	good := encoded(t, sound(2, 10), PCM16)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":     {nil, "no RIFF header"},
		"text":        {[]byte("this is no sound at all, just text"), "no RIFF header"},
		"no data":     {good[:36], `no "data" chunk`},
		"format":      {patch(t, 20, 85), "MP3 (format 85) with 16 bits a sample cannot be read; convert"},
		"bits":        {patch(t, 34, 7), "format 1 with 7 bits"},
		"channels":    {patch(t, 22, 0), "0 channels"},
		"many":        {patch(t, 22, 999), "999 channels"},
		"no rate":     {patch(t, 24, 0), "a rate of 0"},
		"only RIFF":   {good[:12], `no "fmt " chunk`},
		"half a fmt":  {good[:25], `cut short: chunk "fmt " has 5 of 16 bytes`},
		"half a list": {append(good[:12:12], "LIST\x10\x00\x00\x00abc"...), `cut short: chunk "LIST" has 3 of 16 bytes`},
		"data first":  {append(good[:12:12], good[36:]...), "the data chunk stands before the fmt chunk"},
		"long fmt":    {patch(t, 17, 0xff), "a fmt chunk of 65296 bytes"},
		"frame size":  {patch(t, 32, 3), "a frame of 3 bytes; 2 channels of PCM of 16 bits take 4"},
		"big-endian":  {append([]byte("RIFX"), good[4:]...), "a big-endian WAV file"},
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
	good := encoded(t, sound(1, 3), PCM24) // nine bytes of data, unpadded
	other := []byte("LIST\x03\x00\x00\x00abc\x00")
	data := append([]byte{}, good[:12]...)
	data = append(append(data, other...), good[12:36]...)
	data = append(append(data, other...), good[36:]...)
	s, err := Read(bytes.NewReader(data))
	if err != nil || s.Frames() != 3 {
		t.Errorf("%v, %v", s, err)
	}
}

// FuzzRead: whatever the bytes, Read returns an error or channels of one length, and
// writes those back to the same samples. A Reader of small blocks reads the same.
func FuzzRead(f *testing.F) {
	for format := range formats {
		f.Add(encoded(f, sound(2, 9), format))
	}
	f.Add([]byte("RIFF\x04\x00\x00\x00WAVE"))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\x7fINFO"))
	files, err := filepath.Glob("testdata/files/*.wav")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(bytes.NewReader(data))
		var format *FormatError
		if err != nil && !errors.As(err, &format) {
			t.Fatalf("an error of type %T: %v", err, err)
		}
		if s == nil {
			return
		}
		if s.Frames()*len(s.Channels) > len(data) {
			t.Fatalf("%d frames of %d channels from %d bytes", s.Frames(), len(s.Channels), len(data))
		}
		again, err2 := Read(bytes.NewReader(encoded(t, s, Float32)))
		if err2 != nil {
			t.Fatal(err2)
		}
		same(t, again, s)
		blocks, err2 := readBlocks(iotest.HalfReader(bytes.NewReader(data)), 3)
		if (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() {
			t.Fatalf("blocks: %v, whole: %v", err2, err)
		}
		same(t, blocks, s)
	})
}

// same compares bit by bit.
func same(t *testing.T, got, want *Sound) {
	t.Helper()
	if got.Rate != want.Rate || len(got.Channels) != len(want.Channels) || got.Frames() != want.Frames() {
		t.Fatalf("%v, want %v", got, want)
	}
	for c := range want.Channels {
		for i, v := range want.Channels[c] {
			if math.Float32bits(got.Channels[c][i]) != math.Float32bits(v) {
				t.Fatalf("channel %d, frame %d: %v, want %v", c, i, got.Channels[c][i], v)
			}
		}
	}
}

// readBlocks reads with a Reader, frames at a time.
func readBlocks(r io.Reader, frames int) (*Sound, error) {
	reader, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	s := &Sound{Rate: reader.Info().Rate, Channels: make([][]float32, reader.Info().Channels)}
	block := make([][]float32, len(s.Channels))
	for c := range block {
		block[c] = make([]float32, frames)
	}
	for {
		n, err := reader.ReadFrames(block)
		for c := range block {
			s.Channels[c] = append(s.Channels[c], block[c][:n]...)
		}
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return s, err
		}
	}
}
