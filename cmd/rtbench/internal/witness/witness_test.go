//go:build portaudio && cgo && linux

package witness

import (
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd"
)

// TestWitness: capture listens to another client and both logs tell the same cycles.
func TestWitness(t *testing.T) {
	if err := jackd.Installed(); err != nil {
		t.Skip(err)
	}
	s, err := jackd.Start(t.Context(), jackd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
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
			if apart := k.Begin - c.Begin; apart > 300_000 || apart < -300_000 {
				t.Errorf("frame %d began at %d for capture and at %d for control", c.Frame, c.Begin, k.Begin)
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
