//go:build portaudio && cgo && linux

package witness

import (
	"slices"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/audiodemo"
	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt/audio"
)

// TestWitness: capture listens to another client and both logs tell the same cycles.
func TestWitness(t *testing.T) {
	s := jackdtest.Start(t)
	played, err := Open(s.Name(), 10*time.Second, 48000, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer played.Close()
	w, err := Open(s.Name(), 10*time.Second, 48000, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	// The other witness' control is the player.
	if ok, err := w.Attach(); !ok || err != nil {
		t.Fatalf("Attach: %v, %v", ok, err)
	}
	w.Record(true)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	deadline := time.Now().Add(10 * time.Second)
	for heard := 0; heard < 100; {
		<-look.C
		if time.Now().After(deadline) {
			t.Fatalf("%d cycles heard in 10 s", heard)
		}
		all, _ := w.Captured()
		heard = len(all)
	}
	w.Record(false)
	captured, samples := w.Captured()
	checkVoice(t, samples)
	control := map[uint32]Cycle{}
	for _, c := range w.Control() {
		control[c.Frame] = c
	}
	if len(samples) != len(captured)*2*64 {
		t.Errorf("%d samples of %d cycles", len(samples), len(captured))
	}
	same := 0
	for _, c := range captured {
		if k, ok := control[c.Frame]; ok {
			same++
			// When is not asked: a busy machine holds either client up.
			if k.N != c.N || k.Entry > k.End || c.Entry > c.End {
				t.Errorf("frame %d: capture logged %+v, control %+v", c.Frame, c, k)
			}
		}
	}
	if same < len(captured)-2 {
		t.Errorf("control logged %d of capture's %d cycles", same, len(captured))
	}
	if w.Gone() || w.Overflow() > 0 {
		t.Errorf("gone %v, overflow %d", w.Gone(), w.Overflow())
	}
}

// checkVoice looks for what was heard in the Go synth's offline rendering: the C
// synth makes the same bits.
func checkVoice(t *testing.T, heard []float32) {
	t.Helper()
	s, err := audio.Open(audio.Config{Backend: audio.Offline}, &audiodemo.Synth{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	frames := 48000 * 5
	out := [][]float32{make([]float32, frames), make([]float32, frames)}
	if err := s.Render(out, nil); err != nil {
		t.Fatal(err)
	}
	left, right := make([]float32, 0, len(heard)/2), make([]float32, 0, len(heard)/2)
	for i := 0; i < len(heard); i += 2 {
		left, right = append(left, heard[i]), append(right, heard[i+1])
	}
	for at := 0; at+len(left) <= frames; at += 64 {
		if slices.Equal(left[:64], out[0][at:at+64]) {
			if !slices.Equal(left, out[0][at:at+len(left)]) || !slices.Equal(right, out[1][at:at+len(right)]) {
				t.Error("C and Go differ after the first block")
			}
			return
		}
	}
	t.Error("what C played is not in the rendering")
}
