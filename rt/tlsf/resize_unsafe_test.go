package tlsf

import (
	"testing"
	"unsafe"
)

// row allocates blocks of 240 bytes of payload, fills the rest of the heap,
// and frees those whose letter is '.'.
func row(t *testing.T, h *Heap, layout string) []unsafe.Pointer {
	t.Helper()
	q := make([]unsafe.Pointer, len(layout))
	for i := range q {
		q[i] = alloc(t, h, 248)
	}
	for h.Alloc(8) != nil {
	}
	for i, c := range layout {
		if c == '.' {
			free(t, h, q[i])
		}
	}
	return q
}

func fill(p unsafe.Pointer, n uintptr) {
	b := shadowBlock{p: p, n: n, seed: 7}
	b.fill()
}

func intact(t *testing.T, p unsafe.Pointer, n uintptr) {
	t.Helper()
	b := shadowBlock{p: p, n: n, seed: 7}
	if err := b.intact(n); err != nil {
		t.Error(err)
	}
}

func TestReallocInPlace(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		for _, c := range []struct {
			name   string
			layout string
			block  int
			n      uintptr
			at     int // the block's place afterwards, -1 for a failure
		}{
			{"shrink", "xxx", 1, 100, 1},
			{"same", "xxx", 1, 248, 1},
			{"to nothing", "xxx", 1, 0, 1},
			{"forward", "xx.", 1, 504, 1},
			{"forward, into part", "xx..", 1, 500, 1},
			{"backward", ".xx", 1, 504, 0},
			{"both", ".x.x", 1, 600, -2},
			{"both, all of it", "..x.", 2, 1016, 0},
			{"no room", "xxx", 1, 504, -1},
			{"not enough room", ".xx", 1, 600, -1},
		} {
			if c.at == -2 { // three blocks of 256 hold 760 bytes, but half-fit needs four
				if c.at = 0; p == HalfFit {
					c.at = -1
				}
			}
			h := newHeap(t, 1<<14, Config{Policy: p})
			q := row(t, h, c.layout)
			fill(q[c.block], 248)
			before := h.Stats()
			got, err := h.Realloc(q[c.block], c.n)
			check(t, h)
			if c.at == -1 {
				if err != ErrExhausted || got != nil {
					t.Errorf("%s: %p, %v; want ErrExhausted", c.name, got, err)
				}
				intact(t, q[c.block], 248)
				if s := h.Stats(); s.Used != before.Used || s.Failures == before.Failures {
					t.Errorf("%s: failed, and %+v became %+v", c.name, before, s)
				}
				continue
			}
			if err != nil || got != q[c.at] {
				t.Errorf("%s: %p, %v; want block %d at %p; %v", c.name, got, err, c.at, q[c.at], blocks(h)[:5])
				continue
			}
			intact(t, got, min(c.n, 248))
			fill(got, c.n)
			check(t, h)
			if want := before.Used - p.BlockSize(248) + p.BlockSize(c.n); h.Stats().Used != want {
				t.Errorf("%s: %d bytes in use, want %d", c.name, h.Stats().Used, want)
			}
			if got != q[c.block] {
				if err := h.Free(q[c.block]); err != ErrDoubleFree {
					t.Errorf("%s: Free of the old address: %v", c.name, err)
				}
			}
			free(t, h, got)
			check(t, h)
		}
	})
}

func TestReallocMoves(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<16, Config{Policy: p})
		a := alloc(t, h, 248)
		alloc(t, h, 8)
		fill(a, 248)
		q, err := h.Realloc(a, 1000)
		if err != nil || q == a {
			t.Fatalf("Realloc = %p, %v", q, err)
		}
		intact(t, q, 248)
		if err := h.Free(a); err != ErrDoubleFree {
			t.Errorf("Free of the old address: %v", err)
		}
		check(t, h)
		if q, err = h.Realloc(nil, 10); err != nil || q == nil {
			t.Errorf("Realloc(nil) = %p, %v", q, err)
		}
		check(t, h)
	})
}

// TestReallocKeepsAlignment moves aligned blocks in each of the three ways.
func TestReallocKeepsAlignment(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		for align := uintptr(32); align <= 1<<14; align *= 2 {
			for skew := uintptr(8); skew < 2000; skew += 200 {
				h := newHeap(t, 1<<18, Config{Policy: p})
				before := alloc(t, h, skew)
				q, err := h.AllocAligned(300, align)
				if err != nil {
					t.Fatal(err)
				}
				fill(q, 300)
				behind := alloc(t, h, 8)
				free(t, h, before)
				check(t, h)
				for _, n := range []uintptr{400, 3000, 20_000} {
					if q, err = h.Realloc(q, n); err != nil {
						t.Fatal(err)
					}
					if uintptr(q)%align != 0 {
						t.Fatalf("Realloc to %d moved a block aligned to %d to %p", n, align, q)
					}
					intact(t, q, 300)
					check(t, h)
				}
				free(t, h, q)
				free(t, h, behind)
				check(t, h)
			}
		}
	})
}

// TestReallocKeepsRequestedAlignment: a block that asked for 32 and lies on a
// multiple of 1024 by chance moves to any multiple of 32. The only free block is too
// short for a search with alignment 1024.
func TestReallocKeepsRequestedAlignment(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<18, Config{Policy: p})
		room := alloc(t, h, p.BlockSize(1100)-headerSize)
		alloc(t, h, 2000)
		var q unsafe.Pointer
		for uintptr(q)%1024 != 0 || q == nil {
			alloc(t, h, 24) // so that addresses vary
			var err error
			if q, err = h.AllocAligned(100, 32); err != nil {
				t.Fatal(err)
			}
		}
		fill(q, 100)
		for h.Alloc(8) != nil {
		}
		free(t, h, room)
		moved, err := h.Realloc(q, 1000)
		if err != nil || uintptr(moved)%32 != 0 || moved == q {
			t.Fatalf("Realloc to 1000 bytes = %p, %v", moved, err)
		}
		intact(t, moved, 100)
		if size, err := h.Size(moved); err != nil || size < 1000 {
			t.Errorf("Size = %d, %v", size, err)
		}
		check(t, h)
	})
}

// TestAlignmentOverrun: what overran an aligned block by a byte or more is found
// when its alignment is needed.
func TestAlignmentOverrun(t *testing.T) {
	for _, value := range []byte{0, 0x15, 0xff} { // 2 MiB is beyond MaxAlign
		h := newHeap(t, 1<<16, Config{})
		q, err := h.AllocAligned(100, 64)
		if err != nil {
			t.Fatal(err)
		}
		size, _ := h.Size(q)
		for i := range size { // all that Size promises may be written
			*(*byte)(unsafe.Add(q, i)) = value
		}
		if q, err = h.Realloc(q, 120); err != nil {
			t.Fatal(err)
		}
		size, _ = h.Size(q)
		*(*uint64)(unsafe.Add(q, size)) &^= 0xff
		*(*uint64)(unsafe.Add(q, size)) |= uint64(value)
		if value == 0 || value == 0xff {
			*(*uint64)(unsafe.Add(q, size)) ^= 1 << 20
		}
		if _, err := h.Realloc(q, 5000); err != ErrCorrupt {
			t.Errorf("last word overwritten with %#x: Realloc: %v", value, err)
		}
		if err := h.TryResize(q, 50); err != ErrCorrupt {
			t.Errorf("last word overwritten with %#x: TryResize: %v", value, err)
		}
		free(t, h, q)
		check(t, h)
	}
}

func TestTryResize(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<14, Config{Policy: p})
		q := row(t, h, ".x.x")
		fill(q[1], 248)
		failed := h.Stats().Failures
		for _, c := range []struct {
			n    uintptr
			want error
		}{{504, nil}, {505 + 248, ErrExhausted}, {10, nil}, {248, nil}, {504, nil}, {0, nil}, {1 << 20, ErrTooLarge}} {
			if err := h.TryResize(q[1], c.n); err != c.want {
				t.Errorf("TryResize to %d: %v, want %v", c.n, err, c.want)
			}
			intact(t, q[1], 8)
			check(t, h)
		}
		if n := h.Stats().Failures - failed; n != 2 {
			t.Errorf("%d failures counted of 2", n)
		}
	})
}

// TestLargestAlignment: Realloc and Alignment take the largest alignment that
// AllocAligned does.
func TestLargestAlignment(t *testing.T) {
	h := newHeap(t, 8<<20, Config{})
	q, err := h.AllocAligned(100, MaxAlign)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []uintptr{50, 5000} {
		if q, err = h.Realloc(q, n); err != nil || uintptr(q)%MaxAlign != 0 {
			t.Fatalf("Realloc to %d: %p, %v", n, q, err)
		}
		if align, err := h.Alignment(q); align != MaxAlign || err != nil {
			t.Errorf("the alignment is %d, %v", align, err)
		}
		check(t, h)
	}
}

// TestAlignedAccount: the alignment's word is no part of the request, neither in the
// peak nor where a request is refused at once.
func TestAlignedAccount(t *testing.T) {
	exactPlace(t)
	h := newHeap(t, 1<<16, Config{})
	for range 2 { // the second time from the parked block
		q, err := h.AllocAligned(1000, 64)
		if err != nil {
			t.Fatal(err)
		}
		free(t, h, q)
	}
	if peak := h.Stats().PeakRequest; peak != 1000 {
		t.Errorf("the largest request is %d, want 1000", peak)
	}
	for _, n := range []uintptr{h.limit - 7, h.limit, h.limit + 1} {
		if q, err := h.AllocAligned(n, 32); q != nil || err != ErrTooLarge {
			t.Errorf("%d bytes at a multiple of 32, where %d are the most without: %p, %v", n, h.limit, q, err)
		}
	}
	if n := h.Stats().Failures; n != 3 {
		t.Errorf("%d failures counted of 3", n)
	}
}

func TestAllocAligned(t *testing.T) {
	exactPlace(t)
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 4<<20, Config{Policy: p})
		for _, bad := range []uintptr{0, 3, 24, 48, MaxAlign + 1, MaxAlign * 2, ^uintptr(0), 1 << 63} {
			if q, err := h.AllocAligned(100, bad); q != nil || err != ErrAlignment {
				t.Errorf("AllocAligned(100, %d) = %p, %v", bad, q, err)
			}
		}
		check(t, h)
		for align := uintptr(1); align <= MaxAlign; align *= 2 {
			alloc(t, h, 24) // so that the next free address is aligned to no more than 16
			q, err := h.AllocAligned(100, align)
			if err != nil || uintptr(q)%align != 0 {
				t.Fatalf("AllocAligned(100, %d) = %p, %v", align, q, err)
			}
			fill(q, 100)
			check(t, h)
			// Freed and asked for again, the same memory serves.
			free(t, h, q)
			again, err := h.AllocAligned(100, align)
			if again != q || err != nil {
				t.Errorf("AllocAligned(100, %d) again = %p, %v, want %p", align, again, err, q)
			}
			check(t, h)
		}
		if s := h.Stats(); s.Used > 21*(p.BlockSize(24)+p.BlockSize(100+wordSize)) {
			t.Errorf("what alignment skipped is not free: %+v", s)
		}
		for h.Alloc(8) != nil {
		}
		if q, err := h.AllocAligned(100, 4096); q != nil || err != ErrExhausted {
			t.Errorf("AllocAligned in a full heap: %p, %v", q, err)
		}
	})
}

func TestCalloc(t *testing.T) {
	exactPlace(t)
	h := newHeap(t, 1<<16, Config{})
	dirty := alloc(t, h, 1000)
	fill(dirty, 1000)
	free(t, h, dirty)
	q, err := h.Calloc(250, 4)
	if err != nil || q != dirty {
		t.Fatalf("Calloc = %p, %v", q, err)
	}
	for i, v := range unsafe.Slice((*byte)(q), 1000) {
		if v != 0 {
			t.Fatalf("byte %d is %#x", i, v)
		}
	}
	if q, err := h.Calloc(0, 100); q == nil || err != nil {
		t.Errorf("Calloc(0, 100) = %p, %v", q, err)
	}
	for h.Alloc(8) != nil {
	}
	if _, err := h.Calloc(1, 8); err != ErrExhausted {
		t.Errorf("Calloc in a full heap: %v", err)
	}
	check(t, h)
}
