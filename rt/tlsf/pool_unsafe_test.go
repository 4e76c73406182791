package tlsf

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/testenv"
)

// TestAddPool grows a heap with regions below, between and above, while blocks
// are live, and drives it on.
func TestAddPool(t *testing.T) {
	testenv.SkipInRaceRun(t)
	eachPolicy(t, func(t *testing.T, p Policy) {
		const kib = 1 << 10
		memory := region(1024 * kib)
		cut := func(from, n int) []byte { return memory[from*kib : (from+n)*kib] }
		h, err := New(cut(400, 64), Config{Policy: p, MaxPool: 256 * kib})
		if err != nil {
			t.Fatal(err)
		}
		s := newShadow(t, h)
		r := rand.New(rand.NewPCG(1, 2))
		drive := func() {
			for range 2000 {
				s.step(r, 8000, 60)
			}
			s.check()
		}
		drive()
		for _, c := range []struct{ from, n int }{{700, 32}, {100, 256}, {464, 16}, {0, 60}, {600, 100}, {380, 20}} {
			stale := alloc(t, h, 100)
			free(t, h, stale)
			h.DrainRemote(s.remote) // AddPool does; then Used stays the same
			before := h.Stats()
			if err := h.AddPool(cut(c.from, c.n)); err != nil {
				t.Fatal(err)
			}
			if after := h.Stats(); after.Used != before.Used || after.Free < before.Free+uintptr(c.n-20)*kib {
				t.Errorf("a pool of %d KiB more: %+v became %+v", c.n, before, after)
			}
			s.remote = 0
			s.check()
			if err := h.Free(stale); err != ErrDoubleFree {
				t.Errorf("double free across AddPool: %v", err)
			}
			s.misuse(0)
			drive()
			s.checkContent()
		}
		if len(h.pools) != 7 {
			t.Fatalf("%d pools", len(h.pools))
		}
		// Memory between the pools is not the heap's.
		if err := h.Free(unsafe.Pointer(&memory[900*kib])); err != ErrForeign {
			t.Errorf("Free behind the last pool: %v", err)
		}
		if err := h.Free(unsafe.Pointer(&memory[85*kib])); err != ErrInterior {
			t.Errorf("Free between two pools: %v", err)
		}
		for len(s.blocks) > 0 {
			s.free(0)
		}
		for s.remote > 0 {
			s.drain(1)
		}
		s.check()
		if got := blocks(h); len(got) != len(h.pools) {
			t.Errorf("empty heap of %d pools: %v", len(h.pools), got)
		}
		s.reset()
		s.check()
		drive()
	})
}

// TestAddPoolKeepsTheLimit: the largest request is that of the largest pool, wherever
// it lies.
func TestAddPoolKeepsTheLimit(t *testing.T) {
	memory := region(1 << 18)
	h, err := New(memory[1<<16:1<<17], Config{})
	if err != nil {
		t.Fatal(err)
	}
	largest := h.Stats().LargestFree
	for _, small := range [][]byte{memory[1<<17 : 1<<17+1<<14], memory[:1<<14]} {
		if err := h.AddPool(small); err != nil {
			t.Fatal(err)
		}
		free(t, h, alloc(t, h, largest))
		check(t, h)
	}
}

// TestAddPoolNeedsNoTouching: pools may lie in allocations of their own.
func TestAddPoolNeedsNoTouching(t *testing.T) {
	h := newHeap(t, 1<<20, Config{})
	for range 3 {
		if err := h.AddPool(region(1 << 20)); err != nil {
			// Two Go allocations can be too far apart for a small pool's tables.
			t.Skip(err)
		}
		check(t, h)
	}
	for range 3 * 1000 {
		alloc(t, h, 1000)
	}
	check(t, h)
}

func TestAddPoolRefuses(t *testing.T) {
	memory := region(1 << 20)
	h, err := New(memory[1<<19:1<<19+1<<16], Config{})
	if err != nil {
		t.Fatal(err)
	}
	q := alloc(t, h, 100)
	for _, c := range []struct {
		name   string
		region []byte
		want   string
	}{
		{"nil", nil, "too small"},
		{"small", memory[:16], "too small"},
		{"unaligned", memory[8 : 8+1<<14], "aligned to 16"},
		{"larger than MaxPool", memory[:1<<18], "set Config.MaxPool to 262144"},
		{"the heap's own", memory[1<<19 : 1<<19+1<<16], "overlaps"},
		{"overlap from below", memory[1<<19-4096 : 1<<19+4096], "overlaps"},
		{"overlap from above", memory[1<<19+1<<15 : 1<<19+3<<15], "overlaps"},
		{"the last bytes from below", memory[1<<19-4096 : 1<<19+16], "overlaps"},
		{"the last bytes from above", memory[1<<19+1<<16-16 : 1<<19+3<<15], "overlaps"},
		{"inside", memory[1<<19+4096 : 1<<19+8192], "overlaps"},
		{"no room for tables", memory[:4096], "too small for the"},
	} {
		before := h.Stats()
		if err := h.AddPool(c.region); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want an error with %q", c.name, err, c.want)
		}
		if after := h.Stats(); after != before {
			t.Errorf("%s: %+v became %+v", c.name, before, after)
		}
		check(t, h)
	}
	free(t, h, q)
	check(t, h)
}
