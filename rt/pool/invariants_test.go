package pool

import (
	"sync/atomic"
	"testing"
)

// must unwraps the result of a constructor that a test relies on.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The check functions state the invariants of a pool at rest: the free list visits
// every slot that is not in use exactly once and ends.

func (p *Local[T]) check(t *testing.T, live int) {
	t.Helper()
	checkList(t, p.link, p.head, live)
}

func (s *Shared[T]) check(t *testing.T, live int) {
	t.Helper()
	s.emptyQuarantine()
	top := s.top.Load() & s.mask
	link := make([]uint32, len(s.link))
	for i := range link {
		if l := atomic.LoadUint32(&s.link[i]); l == inUse {
			link[i] = inUse
		} else {
			link[i] = l - 1 // numbers from 1 become indices; 0 becomes none
		}
	}
	checkList(t, link, uint32(top-1), live)
}

func (p *Handles[T]) check(t *testing.T, live int) {
	t.Helper()
	link := make([]uint32, len(p.link))
	retired := 0
	for i, tag := range p.tag {
		switch {
		case tag&p.mask == uint64(i):
			link[i] = inUse
			if tag == uint64(i) {
				t.Fatalf("slot %d is in use in generation 0", i)
			}
		case ^tag&p.mask != uint64(i):
			t.Fatalf("tag %#x of slot %d is neither its handle nor the complement of one", tag, i)
		case ^tag <= p.mask:
			link[i] = inUse // as far as the list is concerned
			retired++
		default:
			link[i] = p.link[i]
		}
	}
	checkList(t, link, p.head, live+retired)
	if p.Live() != live || p.Retired() != retired {
		t.Fatalf("Live %d, Retired %d; want %d, %d", p.Live(), p.Retired(), live, retired)
	}
}

func (c *Classes) check(t *testing.T, live map[int]int) {
	t.Helper()
	for i := range c.class {
		class := &c.class[i]
		n := live[class.stats.Size]
		checkList(t, class.link, class.head, n)
		s := class.stats
		if s.Live != n || s.Peak < n || s.Peak > s.Count || s.Allocs < uint64(s.Peak) || s.Requested > s.Allocs*uint64(s.Size) {
			t.Fatalf("%d slots of %d bytes in use: %+v", n, s.Size, s)
		}
	}
}

func (f *Frame) check(t *testing.T, used uintptr) {
	t.Helper()
	if f.next != used || f.next > f.end || f.Peak() < f.Used() || f.Peak() > f.Cap() {
		t.Fatalf("%d of %d bytes used, peak %d; want %d", f.next, f.end, f.Peak(), used)
	}
}

// checkList walks the list from head through link.
func checkList(t *testing.T, link []uint32, head uint32, live int) {
	t.Helper()
	free := 0
	for i := head; i != none; i = link[i] {
		if uint64(i) >= uint64(len(link)) {
			t.Fatalf("the free list leads to slot %d of %d", i, len(link))
		}
		if link[i] == inUse {
			t.Fatalf("slot %d is in use and in the free list", i)
		}
		if free++; free > len(link) {
			t.Fatal("the free list has a cycle")
		}
	}
	marked := 0
	for _, l := range link {
		if l == inUse {
			marked++
		}
	}
	if marked != live || free != len(link)-live {
		t.Fatalf("%d slots: %d in use and %d free; want %d in use", len(link), marked, free, live)
	}
}
