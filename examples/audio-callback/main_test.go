package main

import (
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt/audio"
	"github.com/memkit-go/memkit/rt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-for 100ms", "0 blocks of memory refused"},
		{"-for 1s -backend offline", "48000 frames; half-way through, the reverb of a click is at 0.0"},
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

// TestReverb: the first echo of a click comes after the shortest comb, and the
// tail dies away.
func TestReverb(t *testing.T) {
	e, err := newEffect()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s, err := audio.Open(audio.Config{Backend: audio.Offline, In: 1, Out: 1}, e)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	in, out := [][]float32{make([]float32, 96000)}, [][]float32{make([]float32, 96000)}
	click()(in)
	if err := s.Render(out, in); err != nil {
		t.Fatal(err)
	}
	loudest := func(from, to int) (l float32) {
		for _, v := range out[0][from:to] {
			l = max(l, v, -v)
		}
		return l
	}
	shortest := 297 * 48000 / 10000
	if got := out[0][0]; got < 0.6 || got > 0.7 {
		t.Errorf("the click itself is at %v, want 2/3", got)
	}
	if got := loudest(1, shortest-2); got != 0 {
		t.Errorf("an echo of %v before the first comb", got)
	}
	if got := loudest(shortest-2, 3*shortest); got < 0.02 {
		t.Errorf("no echo: %v", got)
	}
	if early, late := loudest(5000, 20000), loudest(80000, 96000); late > early/10 || late == 0 {
		t.Errorf("the tail goes from %v to %v", early, late)
	}
}

func TestAllocatesNothing(t *testing.T) {
	if debug.Enabled {
		t.Skip("rtdebug's own bookkeeping allocates")
	}
	e, err := newEffect()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.Prepare(audio.Spec{Rate: 48000, MaxFrames: 64, In: 1, Out: 1}); err != nil {
		t.Fatal(err)
	}
	b := &audio.Block{N: 64, In: [][]float32{make([]float32, 64)}, Out: [][]float32{make([]float32, 64)}}
	if n := testing.AllocsPerRun(1000, func() { e.Process(b) }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
	if s := e.allocator.Stats(); s.Failures != 0 || s.Heap.Used != 0 {
		t.Errorf("memory is left in use: %+v", s)
	}
}
