package tlsf

import (
	"errors"
	"testing"
	"unsafe"
)

// TestFreeRefuses: every wrong Free has its own error, says what and why, and
// leaves the heap as it was.
func TestFreeRefuses(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<16, Config{Policy: p})
		other := newHeap(t, 1<<16, Config{Policy: p})
		a, b, c := alloc(t, h, 100), alloc(t, h, 100), alloc(t, h, 100)
		stale := alloc(t, h, 100)
		alloc(t, h, 100)
		free(t, h, stale)
		free(t, h, c) // so that stale is parked no longer, and merges with c
		var local [64]byte
		for _, x := range []struct {
			name string
			p    unsafe.Pointer
			want error
		}{
			{"nil", nil, ErrNil},
			{"another heap's block", alloc(t, other, 100), ErrForeign},
			{"Go memory", unsafe.Pointer(&local[32]), ErrForeign},
			{"right behind the heap", unsafe.Add(h.base, uintptr(h.span)*wordSize), ErrForeign},
			{"the heap's first byte", h.base, ErrForeign},
			{"the heap's tables", unsafe.Add(h.base, 64), ErrInterior},
			{"one byte into a block", unsafe.Add(a, 1), ErrInterior},
			{"8 bytes into a block", unsafe.Add(a, 8), ErrInterior},
			{"16 bytes into a block", unsafe.Add(a, 16), ErrInterior},
			{"a block's header", unsafe.Add(b, -headerSize), ErrInterior},
			{"inside free memory", unsafe.Add(c, 32), ErrInterior},
			{"freed and merged forward", c, ErrDoubleFree},
			{"freed and merged backward", stale, ErrDoubleFree},
		} {
			before := blocks(h)
			for range 2 {
				if err := h.Free(x.p); err != x.want {
					t.Errorf("%s: %v, want %v", x.name, err, x.want)
				}
			}
			if _, err := h.Size(x.p); err != x.want {
				t.Errorf("%s: Size: %v, want %v", x.name, err, x.want)
			}
			if err := h.TryResize(x.p, 10); err != x.want {
				t.Errorf("%s: TryResize: %v, want %v", x.name, err, x.want)
			}
			if x.p != nil {
				if q, err := h.Realloc(x.p, 10); q != nil || err != x.want {
					t.Errorf("%s: Realloc: %p, %v, want %v", x.name, q, err, x.want)
				}
			}
			check(t, h)
			if after := blocks(h); len(after) != len(before) {
				t.Errorf("%s: blocks %v became %v", x.name, before, after)
			}
		}
	})
}

// TestDoubleFreeAfterReuse: the freed block's memory belongs to a longer live
// block by the time it is freed again.
func TestDoubleFreeAfterReuse(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<16, Config{Policy: p})
		var q [4]unsafe.Pointer
		for i := range q {
			q[i] = alloc(t, h, 248)
		}
		alloc(t, h, 8)
		for i := range q {
			free(t, h, q[i])
		}
		check(t, h) // which merges the last one too
		long := alloc(t, h, 1000)
		if long != q[0] {
			t.Fatalf("block at %p, want the freed ones' memory at %p", long, q[0])
		}
		for _, stale := range q[1:] {
			if err := h.Free(stale); err != ErrDoubleFree {
				t.Errorf("Free of a stale pointer into a live block: %v", err)
			}
		}
		check(t, h)
		free(t, h, long)
		if err := h.Free(long); err != ErrDoubleFree {
			t.Errorf("second Free in a row: %v", err)
		}
		check(t, h)
	})
}

// TestCorruption overwrites headers as overruns do. Free must say so, Check
// must say so, and nothing may crash or follow a wild size.
func TestCorruption(t *testing.T) {
	readsFreeMemory(t)
	overrun := func(q unsafe.Pointer, size, n uintptr, value byte) {
		for i := range n {
			*(*byte)(unsafe.Add(q, size+i)) = value
		}
	}
	eachPolicy(t, func(t *testing.T, p Policy) {
		for _, value := range []byte{0x00, 0x01, 0x7f, 0xaa, 0xff} {
			for n := uintptr(1); n <= headerSize; n++ {
				h := newHeap(t, 1<<16, Config{Policy: p})
				a, b, c := alloc(t, h, 56), alloc(t, h, 56), alloc(t, h, 56)
				intact := *at(h.base, indexOf(h, b))
				overrun(a, 56, n, value)
				if *at(h.base, indexOf(h, b)) == intact {
					continue // the bytes were so already
				}
				if err := h.Free(a); err != ErrCorrupt {
					t.Errorf("%d bytes of %#x behind a block: Free: %v", n, value, err)
				}
				if err := h.Check(); !errors.Is(err, ErrCorrupt) {
					t.Errorf("%d bytes of %#x behind a block: Check: %v", n, value, err)
				}
				err := h.Free(b)
				if n == headerSize && err != ErrCorrupt {
					t.Errorf("8 bytes of %#x in a block's header: Free: %v", value, err)
				}
				h.Free(c)
				for range h.Walk {
				}
				for h.Alloc(56) != nil {
				}
			}
		}
	})
}

// TestCorruptFreeNeighbours: headers of free blocks are not trusted either.
func TestCorruptFreeNeighbours(t *testing.T) {
	readsFreeMemory(t)
	eachPolicy(t, func(t *testing.T, p Policy) {
		for _, tag := range []uint32{0, freeFlag, freeFlag | 2, freeFlag | sizeMask, freeFlag | prevFreeFlag | 8, sizeMask} {
			h := newHeap(t, 1<<16, Config{Policy: p})
			alloc(t, h, 56)
			before, q, after := alloc(t, h, 56), alloc(t, h, 56), alloc(t, h, 56)
			alloc(t, h, 56)
			free(t, h, before)
			free(t, h, after)
			h.mergeParked()
			at(h.base, indexOf(h, before)).tag = tag
			at(h.base, indexOf(h, after)).tag = tag
			if err := h.Free(q); err != ErrCorrupt {
				t.Errorf("tag %#x before a block: Free: %v", tag, err)
			}
			if _, err := h.Size(q); err != ErrCorrupt {
				t.Errorf("tag %#x before a block: Size: %v", tag, err)
			}
			if err := h.Check(); !errors.Is(err, ErrCorrupt) {
				t.Errorf("tag %#x: Check: %v", tag, err)
			}
		}
	})
}

// TestCorruptBehindParked: what follows the parked block is overwritten before
// it is merged. The merge is left out, whatever the header says.
func TestCorruptBehindParked(t *testing.T) {
	readsFreeMemory(t)
	eachPolicy(t, func(t *testing.T, p Policy) {
		for _, tag := range []uint32{freeFlag, freeFlag | 2, freeFlag | 1<<20, freeFlag | sizeMask} {
			for _, merge := range []func(h *Heap, other unsafe.Pointer){
				func(h *Heap, other unsafe.Pointer) { free(t, h, other) },
				func(h *Heap, _ unsafe.Pointer) { h.mergeParked() },
			} {
				h := newHeap(t, 1<<16, Config{Policy: p})
				q, after := alloc(t, h, 56), alloc(t, h, 56)
				alloc(t, h, 56)
				other := alloc(t, h, 56)
				alloc(t, h, 56)
				free(t, h, after)
				free(t, h, q)
				at(h.base, indexOf(h, after)).tag = tag
				merge(h, other)
				if err := h.Check(); !errors.Is(err, ErrCorrupt) {
					t.Errorf("tag %#x: Check: %v", tag, err)
				}
			}
		}
	})
}

// TestCheckNotices breaks one invariant at a time.
func TestCheckNotices(t *testing.T) {
	readsFreeMemory(t)
	for name, breakIt := range map[string]func(h *Heap, live, free *block){
		"a lost live bit":        func(h *Heap, _, _ *block) { h.setFreed(h.pools[0].first) },
		"a live bit too many":    func(h *Heap, _, _ *block) { h.setLive(h.pools[0].first + 2) },
		"a wrong account":        func(h *Heap, _, _ *block) { h.room += 2 },
		"an unmarked bin":        func(h *Heap, _, f *block) { h.bins.clear(h.bins.of(f.tag & sizeMask)) },
		"a marked empty bin":     func(h *Heap, _, _ *block) { h.bins.mark(2) },
		"a wrong summary":        func(h *Heap, _, _ *block) { h.bins.summary ^= 1 << 31 },
		"a block in a wrong bin": func(h *Heap, _, f *block) { f.tag -= f.tag & sizeMask / 2 &^ 1 },
		"a list with a loop":     func(h *Heap, l, f *block) { f.nextFree = indexOf(h, unsafe.Add(unsafe.Pointer(f), headerSize)) },
		"a wrong back link":      func(h *Heap, _, f *block) { f.prevFree = 4 },
		"a free flag":            func(h *Heap, l, _ *block) { l.tag |= freeFlag },
		"a prev-free flag":       func(h *Heap, l, _ *block) { l.tag |= prevFreeFlag },
		"a size of 0":            func(h *Heap, l, _ *block) { l.tag = 0 },
		"a size beyond the pool": func(h *Heap, l, _ *block) { l.tag = sizeMask },
		"an odd size of a bin":   func(h *Heap, l, f *block) { l.tag += 2 },
		"a sentinel with a size": func(h *Heap, _, _ *block) { at(h.base, h.pools[0].last).tag |= 2 },
		"cell 0 in use":          func(h *Heap, _, _ *block) { at(h.base, uint32(0)).nextFree = 2 },
	} {
		h := newHeap(t, 1<<16, Config{})
		live := indexOf(h, alloc(t, h, 2000))
		q := alloc(t, h, 3000)
		alloc(t, h, 100)
		free(t, h, q)
		h.mergeParked()
		check(t, h)
		breakIt(h, at(h.base, live), at(h.base, indexOf(h, q)))
		if err := h.Check(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: Check: %v", name, err)
		}
	}
}

// indexOf is the block whose payload is at p.
func indexOf(h *Heap, p unsafe.Pointer) uint32 {
	return uint32((uintptr(p)-uintptr(h.base))/wordSize) - 1
}

// TestEnds: the addresses on either side of a heap's blocks are not blocks, also
// right behind its end; the last block before the end is one.
func TestEnds(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		const size = 1 << 14
		memory := region(size + 64)
		h, err := New(memory[:size:size], Config{Policy: p})
		if err != nil {
			t.Fatal(err)
		}
		var last unsafe.Pointer
		for {
			q := h.Alloc(8)
			if q == nil {
				break
			}
			if uintptr(q) > uintptr(last) {
				last = q
			}
		}
		if end := indexOf(h, last) + 2; end != h.pools[0].last {
			t.Fatalf("the last block ends at %d, not at the sentinel at %d", end, h.pools[0].last)
		}
		end := unsafe.Pointer(&memory[size])
		for what, f := range map[string]func(unsafe.Pointer) error{
			"Free":       h.Free,
			"FreeRemote": h.FreeRemote,
			"Size":       func(q unsafe.Pointer) error { _, err := h.Size(q); return err },
		} {
			for _, q := range []unsafe.Pointer{end, unsafe.Add(end, 16)} {
				if err := f(q); err != ErrForeign {
					t.Errorf("%s %d bytes behind the end: %v", what, uintptr(q)-uintptr(end), err)
				}
			}
		}
		if err := h.Free(unsafe.Add(end, -16-1)); err != ErrInterior {
			t.Errorf("a misaligned address before the end: %v", err)
		}
		free(t, h, last)
		if err := h.Free(last); err != ErrDoubleFree {
			t.Errorf("the last block again: %v", err)
		}
		check(t, h)
	})
}

// TestWildSize: a header whose size leads past the heap's end is refused before
// anything there is read.
func TestWildSize(t *testing.T) {
	readsFreeMemory(t)
	exactPlace(t)
	const size = 1 << 14
	memory := region(size + 1024)
	h, err := New(memory[:size:size], Config{})
	if err != nil {
		t.Fatal(err)
	}
	q := alloc(t, h, 56)
	b := indexOf(h, q)
	for beyond := uint32(2); beyond < 100; beyond += 2 {
		at(h.base, h.span-1+beyond).prevPhys = b // what a check too far out would accept
	}
	good := at(h.base, b).tag
	for beyond := uint32(2); beyond < 100; beyond += 2 {
		at(h.base, b).tag = good&^sizeMask | (h.span - 1 + beyond - b)
		if err := h.Free(q); err != ErrCorrupt {
			t.Errorf("a block that ends %d words behind the last one: Free: %v", beyond, err)
		}
		if _, err := h.Size(q); err != ErrCorrupt {
			t.Errorf("a block that ends %d words behind the last one: Size: %v", beyond, err)
		}
	}
	at(h.base, b).tag = good
	free(t, h, q)
	check(t, h)
}
