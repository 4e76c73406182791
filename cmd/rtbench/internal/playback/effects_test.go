package playback

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/audio/wav"
)

// TestEffect: a click comes out at once, and as an echo a quarter of a second later.
func TestEffect(t *testing.T) {
	const rate = 8000
	in := &wav.Sound{Rate: rate, Channels: [][]float32{make([]float32, 100), make([]float32, 100)}}
	in.Channels[0][10] = 1
	path := filepath.Join(t.TempDir(), "x.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := wav.Write(f, in, wav.Float32); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "y.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s, short, err := Effect(bytes.NewReader(file), out)
	if err != nil || short != nil {
		t.Fatal(err, short)
	}
	left := s.Channels[0]
	if s.Rate != rate || len(left) <= 100+rate || left[10] < 0.5 {
		t.Errorf("rate %d, %d frames, click %v", s.Rate, len(left), left[10])
	}
	// The cut before it takes a little off a single sample.
	echo := left[10+rate/4] / left[10]
	if math.Abs(float64(echo)-echoWet) > 0.02 {
		t.Errorf("echo of %v, want %v", echo, echoWet)
	}
	for i, v := range s.Channels[1] {
		if v != 0 {
			t.Fatalf("frame %d of the silent channel: %v", i, v)
		}
	}
	end := 0.0
	for _, v := range left[len(left)-100:] {
		end = max(end, math.Abs(float64(v)))
	}
	// The last echo is there, and the next one would be softer than −60 dB.
	if next := end * echoFeedback; end < 1e-3 || next >= 1e-3 {
		t.Errorf("the tail ends at %v, what is cut off begins at %v", end, next)
	}
	half, short, err := Effect(bytes.NewReader(file[:len(file)-50*8]), out)
	if err != nil || !errors.Is(short, io.ErrUnexpectedEOF) || half.Frames() != s.Frames()-50 {
		t.Errorf("half of the frames: %v, %v", short, err)
	}
	for _, size := range []int{20, len(file) - 100*8} {
		if _, _, err := Effect(bytes.NewReader(file[:size]), out); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("no frames, %d bytes: %v", size, err)
		}
	}
	if _, _, err := Effect(strings.NewReader("no sound"), out); err == nil {
		t.Error("nonsense was rendered")
	}
}
