//go:build portaudio && cgo && linux

package jackprobe

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/audiodemo"
	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt/audio"
)

func TestMain(m *testing.M) {
	jackdtest.Private()
	os.Exit(m.Run())
}

// rendered is what the Go synth makes offline, in blocks of 64.
func rendered(t *testing.T, frames int) [][]float32 {
	t.Helper()
	s, err := audio.Open(audio.Config{Backend: audio.Offline}, &audiodemo.Synth{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out := [][]float32{make([]float32, frames), make([]float32, frames)}
	if err := s.Render(out, nil); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestVoice: the synth in C makes the bits of the one in Go, over two sweeps, in any
// blocks.
func TestVoice(t *testing.T) {
	const frames = 21 * 48000
	want := rendered(t, frames)
	left, right := playVoice(48000, frames, []int{64, 1, 1000, 480})
	for i := range left {
		if left[i] != want[0][i] || right[i] != want[1][i] {
			t.Fatalf("frame %d: %v, %v in C, %v, %v in Go", i, left[i], right[i], want[0][i], want[1][i])
		}
	}
}

// TestProbe: capture listens to another client and both logs tell the same cycles.
// A busy machine delays clients, so the server loses cycles, and a client that is
// late leaves an old block, silence or a torn one: the test requires a number of
// whole ones.
func TestProbe(t *testing.T) {
	server := jackdtest.Start(t)
	played, err := Open(server.Name(), 75*time.Second, 48000, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer played.Close()
	w, err := Open(server.Name(), 75*time.Second, 48000, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	// The control client of the other probe is the player.
	if ok, err := w.Attach(); !ok || err != nil {
		t.Fatalf("Attach: %v, %v", ok, err)
	}
	voice := rendered(t, 90*48000) // longer than the server has to play it
	w.Record(true)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	deadline := time.Now().Add(time.Minute)
	const enough = 100
	for whole, both := 0, 0; whole < enough || both < enough; {
		<-look.C
		captured, samples := w.Captured()
		whole, both = wholeBlocks(voice, captured, samples), inBoth(t, captured, w.Control())
		if time.Now().After(deadline) {
			t.Fatalf("of %d cycles, %d were heard as they were played and %d told by control in a minute", len(captured), whole, both)
		}
	}
	w.Record(false)
	if captured, samples := w.Captured(); len(samples) != len(captured)*2*64 {
		t.Errorf("%d samples of %d cycles", len(samples), len(captured))
	}
	if w.Gone() || w.Overflow() > 0 {
		t.Errorf("gone %v, overflow %d", w.Gone(), w.Overflow())
	}
}

// inBoth is how many of capture's cycles control has told of too, in the same words.
// When is not asked: a busy machine holds either client up.
func inBoth(t *testing.T, captured, control []Cycle) (n int) {
	t.Helper()
	told := map[uint32]Cycle{}
	for _, c := range control {
		told[c.Frame] = c
	}
	for _, c := range captured {
		k, ok := told[c.Frame]
		if !ok {
			continue
		}
		n++
		if k.N != c.N || k.Entry > k.End || c.Entry > c.End {
			t.Fatalf("frame %d: capture logged %+v, control %+v", c.Frame, c, k)
		}
	}
	return n
}

// wholeBlocks is how many of the blocks that were heard are blocks of the rendering,
// each after the one before.
func wholeBlocks(voice [][]float32, captured []Cycle, samples []float32) (n int) {
	next := 0 // where the search goes on
	for _, c := range captured {
		left, right := make([]float32, c.N), make([]float32, c.N)
		for i := range left {
			left[i], right[i] = samples[2*i], samples[2*i+1]
		}
		samples = samples[2*c.N:]
		for at := next; at+len(left) <= len(voice[0]); at += len(left) {
			if slices.Equal(left, voice[0][at:at+len(left)]) && slices.Equal(right, voice[1][at:at+len(right)]) {
				n++
				next = at + len(left)
				break
			}
		}
	}
	return n
}

// TestWholeBlocks: what a late client leaves is not counted, nor taken for a
// difference.
func TestWholeBlocks(t *testing.T) {
	voice := rendered(t, 100*64)
	var captured []Cycle
	var samples []float32
	hear := func(at int, change func(i int, v float32) float32) {
		captured = append(captured, Cycle{N: 64})
		for i := range 64 {
			samples = append(samples, change(i, voice[0][at*64+i]), change(i, voice[1][at*64+i]))
		}
	}
	as := func(_ int, v float32) float32 { return v }
	hear(10, as)
	hear(11, as)
	hear(11, as)                                                    // an old block again
	hear(12, func(int, float32) float32 { return 0 })               // silence
	hear(13, func(i int, v float32) float32 { return voice[0][i] }) // another's
	hear(20, as)                                                    // after lost cycles
	if got := wholeBlocks(voice, captured, samples); got != 3 {
		t.Errorf("%d blocks, want 3", got)
	}
}
