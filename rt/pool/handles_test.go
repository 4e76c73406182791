package pool

import (
	"errors"
	"testing"
)

func TestHandles(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 1000, 1024} {
		p := must(NewHandles[block](make([]byte, HandlesSize[block](n)), n))
		live := map[Handle[block]]*block{}
		var stale []Handle[block]
		for round := range 3 {
			for range n {
				h, b := p.Get()
				if h == 0 || b == nil || live[h] != nil {
					t.Fatalf("%d slots: handle %#x, %p", n, h, b)
				}
				if *b != (block{}) {
					t.Fatalf("slot is not zero: %v", *b)
				}
				b.owner = uint64(h)
				live[h] = b
			}
			if h, b := p.Get(); h != 0 || b != nil || p.Exhausted() != uint64(round+1) {
				t.Fatalf("%d slots are not all: %#x", n, h)
			}
			p.check(t, n)
			for h, b := range live {
				if p.At(h) != b || b.owner != uint64(h) {
					t.Fatalf("handle %#x leads to %p, want %p", h, p.At(h), b)
				}
			}
			for _, h := range stale {
				if p.At(h) != nil || !errors.Is(p.Put(h), ErrStale) {
					t.Fatalf("stale handle %#x passes", h)
				}
			}
			for h := range live {
				if err := p.Put(h); err != nil {
					t.Fatal(err)
				}
				if !errors.Is(p.Put(h), ErrStale) {
					t.Fatalf("second Put of %#x passes", h)
				}
				stale = append(stale, h)
				delete(live, h)
			}
			p.check(t, 0)
		}
		for _, h := range []Handle[block]{0, 1, ^Handle[block](0), Handle[block](p.step)} {
			if p.At(h) != nil || p.Put(h) == nil {
				t.Errorf("handle %#x, which was never handed out or is free, passes", h)
			}
		}
	}
}

// TestHandlesOfAnotherPool: pools of one size and of others refuse each other's
// handles, also after much use.
func TestHandlesOfAnotherPool(t *testing.T) {
	var pools []*Handles[int]
	var handles []Handle[int]
	for i := range 200 {
		p := must(NewHandlesSlab[int](1 + i%5))
		h, _ := p.Get()
		for range 100 {
			p.Put(h)
			h, _ = p.Get()
		}
		pools, handles = append(pools, p), append(handles, h)
	}
	for i, p := range pools {
		for j, h := range handles {
			if i == j {
				continue
			}
			if p.At(h) != nil || !errors.Is(p.Put(h), ErrStale) {
				t.Fatalf("pool %d takes handle %#x of pool %d", i, h, j)
			}
		}
		if p.Live() != 1 || p.Put(handles[i]) != nil {
			t.Fatalf("pool %d lost its handle %#x", i, handles[i])
		}
	}
}

// TestHandlesServe: the first handle of each pool leaves half of the generations.
func TestHandlesServe(t *testing.T) {
	for range 1000 {
		p := must(NewHandlesSlab[int](3))
		if h, _ := p.Get(); uint64(h)>>63 != 0 || uint64(h) < p.step {
			t.Fatalf("first handle %#x", h)
		}
	}
	// A number that has no bits but those of an index gives the least generation.
	defer identities.Store(identities.Load())
	identities.Store(oddInverse(0x9e3779b97f4a7c15) - 1)
	p := must(NewHandlesSlab[int](3))
	if h, v := p.Get(); uint64(h) != p.step || p.At(h) != v {
		t.Errorf("first handle %#x, want %#x", h, p.step)
	}
}

// TestHandlesRetire ages a slot to its last generation.
func TestHandlesRetire(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8} {
		p := must(NewHandles[block](make([]byte, HandlesSize[block](n)), n))
		last := ^uint64(0)&^p.mask | uint64(p.head) // generation of all ones
		p.tag[p.head] = ^last
		h, _ := p.Get()
		if uint64(h) != last {
			t.Fatalf("handle %#x, want %#x", h, last)
		}
		p.check(t, 1)
		if err := p.Put(h); err != nil {
			t.Fatal(err)
		}
		p.check(t, 0)
		if p.Retired() != 1 || p.At(h) != nil || p.Put(h) == nil {
			t.Fatalf("%d retired; its last handle leads to %p", p.Retired(), p.At(h))
		}
		for range n - 1 {
			if other, _ := p.Get(); other == 0 || uint64(other)&p.mask == last&p.mask {
				t.Fatalf("handle %#x after the slot of %#x retired", other, last)
			}
		}
		if h, _ := p.Get(); h != 0 {
			t.Fatalf("the retired slot came back as %#x", h)
		}
	}
}

func TestHandleBits(t *testing.T) {
	for n, bits := range map[int]int{1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 1023: 10, 1024: 10, 1025: 11} {
		p := must(NewHandlesSlab[int](n))
		if p.mask != 1<<bits-1 {
			t.Errorf("%d slots: mask %#x, want %d bits", n, p.mask, bits)
		}
	}
}
