package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/audio"
	"github.com/memkit-go/memkit/rt/audio/wav"
	"github.com/memkit-go/memkit/rt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-for 100ms -backend sim", "blocks at 48000 Hz"},
		{"-backend offline", "96000 frames at 48000 Hz"},
	} {
		var out strings.Builder
		if err := run(strings.Fields(c.args), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %s", c.args, out.String())
		}
	}
	if err := run([]string{"-backend", "tape"}, &strings.Builder{}); err == nil {
		t.Error("an unknown backend is accepted")
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "synth.wav")
	if err := run([]string{"-backend", "offline", "-for", "1s", "-out", path}, &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s, err := wav.Read(file)
	if err != nil || s.Frames() != 48000 || len(s.Channels) != 2 {
		t.Fatalf("%v, %v", s, err)
	}
	for c, samples := range s.Channels {
		sum := 0.0
		for _, v := range samples {
			sum += float64(v * v)
		}
		if rms := math.Sqrt(sum / 48000); rms < 0.05 || rms > 0.7 {
			t.Errorf("channel %d has a level of %v", c, rms)
		}
	}
}

// TestEventAtItsSample: blocks of any size give the same sound, also around an
// event.
func TestEventAtItsSample(t *testing.T) {
	sound := func(sizes ...int) []float32 {
		s, err := audio.Open(audio.Config{Backend: audio.Offline, Frames: 64, Out: 1}, newSynth())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.Send(audio.Event{Frame: 1000, Kind: audio.ParamChange, Param: brightness, Value: 4000})
		out := [][]float32{make([]float32, 4096)}
		if err := s.Render(out, nil, sizes...); err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	a, b := sound(64), sound(16, 48, 32) // multiples of the filter's 16 frames
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("frame %d: %v and %v", i, a[i], b[i])
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	s := newSynth()
	if err := s.Prepare(audio.Spec{Rate: 48000, MaxFrames: 64, Out: 2}); err != nil {
		t.Fatal(err)
	}
	b := &audio.Block{N: 64, Out: [][]float32{make([]float32, 64), make([]float32, 64)}}
	if n := testing.AllocsPerRun(100, func() { s.Process(b) }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}
