package tlsf

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/internal/testenv"
)

func eachPolicy(t *testing.T, test func(t *testing.T, p Policy)) {
	for _, p := range policies {
		t.Run(p.String(), func(t *testing.T) { test(t, p) })
	}
}

func alloc(t testing.TB, h *Heap, n uintptr) unsafe.Pointer {
	t.Helper()
	p := h.Alloc(n)
	if p == nil {
		t.Fatalf("Alloc(%d) failed; %+v", n, h.Stats())
	}
	return p
}

func free(t testing.TB, h *Heap, p unsafe.Pointer) {
	t.Helper()
	if err := h.Free(p); err != nil {
		t.Fatalf("Free(%p): %v", p, err)
	}
}

func check(t testing.TB, h *Heap) {
	t.Helper()
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
}

// blocks lists the heap as sizes, negative where free.
func blocks(h *Heap) []int {
	var sizes []int
	for b := range h.Walk {
		size := int(b.Size)
		if !b.Live {
			size = -size
		}
		sizes = append(sizes, size)
	}
	return sizes
}

func TestNewRefuses(t *testing.T) {
	big := region(1 << 16)
	for _, c := range []struct {
		name   string
		region []byte
		config Config
		want   string
	}{
		{"nil", nil, Config{}, "too small"},
		{"one byte", big[:1], Config{}, "too small"},
		{"tables do not fit", big[:256], Config{}, "too small for a good-fit heap's tables"},
		{"tables for MaxPool do not fit", big[:4096], Config{MaxPool: 1 << 30}, "Config.MaxPool"},
		{"unaligned", big[8:], Config{}, "aligned to 16"},
		{"odd address", big[1:], Config{}, "aligned to 16"},
		{"policy", big, Config{Policy: 7}, "Config.Policy 7"},
		{"MaxPool", big, Config{MaxPool: -1}, "Config.MaxPool -1"},
		{"RemoteQueue", big, Config{RemoteQueue: -1}, "Config.RemoteQueue -1"},
		{"RemoteQueue too large", big, Config{RemoteQueue: math.MaxInt}, "Config.RemoteQueue"},
	} {
		if _, err := New(c.region, c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want an error with %q", c.name, err, c.want)
		}
	}
}

// TestEverySize makes heaps of every small size: New refuses or the heap works
// to its end, and does not touch what lies behind.
func TestEverySize(t *testing.T) {
	testenv.SkipInRaceRun(t)
	eachPolicy(t, func(t *testing.T, p Policy) {
		for n := 0; n < 4096; n += 8 {
			memory := region(n + 64)
			for i := range memory[n:] {
				memory[n+i] = 0xc3
			}
			h, err := New(memory[:n:n], Config{Policy: p, RemoteQueue: 1})
			if err != nil {
				continue
			}
			largest := h.Stats().LargestFree
			s := newShadow(t, h)
			s.alloc(largest)
			if len(s.blocks) != 1 {
				t.Fatalf("%d bytes: LargestFree %d could not be had", n, largest)
			}
			for s.alloc(8) {
			}
			s.check()
			s.checkContent()
			for len(s.blocks) > 0 {
				s.free(0)
			}
			s.check()
			for i, v := range memory[n:] {
				if v != 0xc3 {
					t.Fatalf("%d bytes: byte %d behind the region was written", n, i)
				}
			}
		}
	})
}

func TestZeroSize(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<16, Config{Policy: p})
		a, b := alloc(t, h, 0), alloc(t, h, 0)
		if a == b {
			t.Fatalf("two blocks of 0 bytes at %p", a)
		}
		free(t, h, a)
		free(t, h, b)
		check(t, h)
	})
}

func TestHugeSizes(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<16, Config{Policy: p})
		keep := alloc(t, h, 100)
		sizes := []uintptr{1 << 16, 1 << 30, 1<<32 - 1, 1 << 32, math.MaxUint - 23, math.MaxUint - 7, math.MaxUint}
		for i, n := range sizes {
			if q := h.Alloc(n); q != nil {
				t.Errorf("Alloc(%#x) = %p", n, q)
			}
			if _, err := h.AllocAligned(n, 4096); err != ErrTooLarge {
				t.Errorf("AllocAligned(%#x): %v", n, err)
			}
			if q, err := h.Realloc(keep, n); q != nil || err != ErrTooLarge {
				t.Errorf("Realloc(%#x): %p, %v", n, q, err)
			}
			if err := h.TryResize(keep, n); err != ErrTooLarge {
				t.Errorf("TryResize(%#x): %v", n, err)
			}
			if _, err := h.Calloc(n, 8); err != ErrTooLarge {
				t.Errorf("Calloc(%#x, 8): %v", n, err)
			}
			if s := h.Stats(); s.Failures != uint64(5*(i+1)) || s.PeakRequest != n {
				t.Errorf("after %d failures of up to %#x bytes: %+v", 5*(i+1), n, s)
			}
			check(t, h)
		}
		if _, err := h.Calloc(1<<33, 1<<33); err != ErrTooLarge {
			t.Errorf("Calloc whose product overflows: %v", err)
		}
		if got := p.BlockSize(math.MaxUint); got != 0 {
			t.Errorf("BlockSize(MaxUint) = %d", got)
		}
	})
}

// TestLargestRequest asks for what a fresh heap can just serve, for one byte
// more, and for all of its memory.
func TestLargestRequest(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		for _, n := range []int{4096, 10_000, 1 << 16, 1<<20 + 4096} {
			h := newHeap(t, n, Config{Policy: p})
			s := h.Stats()
			if q := h.Alloc(s.LargestFree + 1); q != nil {
				t.Errorf("%d bytes: a request beyond LargestFree %d succeeded", n, s.LargestFree)
			}
			for _, all := range []uintptr{s.Free - headerSize, s.Free, s.Free + 1} {
				if q := h.Alloc(all); q != nil {
					free(t, h, q)
				}
				check(t, h)
			}
			free(t, h, alloc(t, h, s.LargestFree))
			check(t, h)
		}
	})
}

// TestMerge frees three neighbours in every order; each step must leave what
// the four cases of merging leave: nothing, before, after, both.
func TestMerge(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			for _, mergeParked := range []bool{false, true} {
				h := newHeap(t, 1<<16, Config{Policy: p})
				fresh := blocks(h)
				var q [3]unsafe.Pointer
				for i := range q {
					q[i] = alloc(t, h, 56)
				}
				end := alloc(t, h, 56)
				for _, i := range order {
					free(t, h, q[i])
					if mergeParked {
						check(t, h)
					}
				}
				if got := blocks(h); len(got) != 3 || got[0] != -3*64 || got[1] != 64 {
					t.Fatalf("order %v: blocks %v, want the three as one free block", order, got)
				}
				free(t, h, end)
				if got := blocks(h); len(got) != 1 || got[0] != fresh[0] {
					t.Fatalf("order %v: blocks %v, want all of %d free", order, got, fresh)
				}
				check(t, h)
			}
		}
	})
}

// TestSameSizeAgain: a freed block always serves its size again, however full
// the heap. It fails for heaps that round requests but not sizes of blocks.
func TestSameSizeAgain(t *testing.T) {
	step := uintptr(13)
	if testing.Short() {
		step = 111
	}
	eachPolicy(t, func(t *testing.T, p Policy) {
		for n := uintptr(0); n < 5000; n += step {
			h := newHeap(t, 1<<15, Config{Policy: p})
			a := alloc(t, h, n)
			b := alloc(t, h, n)
			for h.Alloc(8) != nil {
			}
			free(t, h, a)
			free(t, h, b) // a is parked no longer
			first, second := h.Alloc(n), h.Alloc(n)
			if first == nil || second == nil {
				t.Fatalf("two blocks of %d bytes were freed, and do not serve %d bytes", n, n)
			}
			check(t, h)
		}
	})
}

// TestParked: no request fails because its memory belongs to the block that
// was freed last, whatever is free on either side of it.
func TestParked(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		for mask := range 4 {
			h := newHeap(t, 1<<15, Config{Policy: p})
			before, q, after := alloc(t, h, 248), alloc(t, h, 248), alloc(t, h, 248)
			for h.Alloc(8) != nil {
			}
			want := uintptr(100) // bytes, in the parked block alone
			if mask&1 != 0 {
				free(t, h, before)
				want = 504
			}
			if mask&2 != 0 {
				free(t, h, after)
				want = 504
			}
			if mask == 3 && p == GoodFit {
				want = 760
			}
			free(t, h, q)
			if h.Alloc(want) == nil {
				t.Errorf("neighbours %02b free: %d bytes were refused beside a parked block; %v", mask, want, blocks(h)[:4])
			}
			check(t, h)
		}
	})
}

// TestOverTrim: a fresh heap of 64 MiB holds 60,000 blocks of 1000 bytes. It
// does not if a block keeps what a request does not need.
func TestOverTrim(t *testing.T) {
	h := newHeap(t, 64<<20, Config{})
	for i := range 60_000 {
		if h.Alloc(1000) == nil {
			t.Fatalf("full after %d blocks: %+v", i, h.Stats())
		}
	}
	check(t, h)
}

func TestBlockSize(t *testing.T) {
	for _, p := range policies {
		h := newHeap(t, 1<<20, Config{Policy: p})
		for n := uintptr(0); n < 70_000; n += 1 + n/50 {
			before := h.Stats().Used
			q := alloc(t, h, n)
			size := h.Stats().Used - before
			if size != p.BlockSize(n) {
				t.Fatalf("%v: %d bytes took %d, BlockSize says %d", p, n, size, p.BlockSize(n))
			}
			if got, err := h.Size(q); err != nil || got != size-headerSize {
				t.Fatalf("%v: Size of %d bytes is %d, %v; its block has %d", p, n, got, err, size)
			}
			switch {
			case n < unitSize:
			case p == GoodFit && size > 2*n:
				t.Errorf("good-fit: %d bytes took %d, more than twice", n, size)
			case p == HalfFit && (float64(size) > 2.56*float64(n) || size > 2*((n+headerSize+15)&^15)):
				t.Errorf("half-fit: %d bytes took %d", n, size)
			}
			free(t, h, q)
		}
	}
}

func TestStats(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	fresh := h.Stats()
	if fresh.Used != 0 || fresh.Peak != 0 || fresh.Free == 0 || fresh.Fragmentation < 0 || fresh.Fragmentation > 1.0/16 {
		t.Fatalf("fresh: %+v", fresh)
	}
	a, b, c := alloc(t, h, 1000), alloc(t, h, 1000), alloc(t, h, 1000)
	size := GoodFit.BlockSize(1000)
	free(t, h, b)
	s := h.Stats()
	if s.Used != 2*size || s.Peak != 3*size || s.PeakRequest != 1000 || s.Free != fresh.Free-2*size || s.Failures != 0 {
		t.Errorf("%+v", s)
	}
	free(t, h, a)
	free(t, h, c)
	h.Reset()
	if s := h.Stats(); s != fresh {
		t.Errorf("after Reset: %+v, want %+v", s, fresh)
	}
	check(t, h)
}

func TestFragmentation(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	var odd []unsafe.Pointer
	for {
		p := h.Alloc(1000)
		q := h.Alloc(1000)
		if q == nil {
			break
		}
		odd = append(odd, p)
	}
	for h.Alloc(8) != nil { // the rest between the blocks of 1000 bytes
	}
	for _, p := range odd {
		free(t, h, p)
	}
	s := h.Stats()
	if s.LargestFree != 1000 || s.Fragmentation < 0.9 {
		t.Errorf("every second block free: %+v", s)
	}
	if want := 1 - 1000/float64(s.Free); s.Fragmentation != want {
		t.Errorf("fragmentation %v, want %v of %+v", s.Fragmentation, want, s)
	}
	if h.Alloc(1001+headerSize) != nil {
		t.Error("a request longer than any free block succeeded")
	}
	alloc(t, h, s.LargestFree)
	check(t, h)
}

func TestWalk(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	alloc(t, h, 100)
	b := alloc(t, h, 200)
	alloc(t, h, 300)
	free(t, h, b)
	if got, want := blocks(h)[:3], [3]int{112, -208, 320}; [3]int(got) != want {
		t.Errorf("blocks %v, want %v", got, want)
	}
	n := 0
	for range h.Walk {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("a walk that stops at 2 saw %d blocks", n)
	}
}

func TestNoGoAllocations(t *testing.T) {
	if debug.Enabled {
		t.Skip("a build with tag rtdebug records where blocks come from")
	}
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<20, Config{Policy: p})
		keep := alloc(t, h, 100)
		got := testing.AllocsPerRun(100, func() {
			a := h.Alloc(300)
			b, _ := h.AllocAligned(100, 4096)
			c, _ := h.Calloc(10, 10)
			a, _ = h.Realloc(a, 3000)
			h.TryResize(a, 100)
			h.Free(a)
			h.Free(a)
			h.Free(nil)
			h.FreeRemote(b)
			h.DrainRemote(10)
			h.Free(c)
			h.Size(keep)
			h.Stats()
		})
		if got != 0 {
			t.Errorf("%g allocations a round", got)
		}
		check(t, h)
	})
}

func TestReset(t *testing.T) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<16, Config{Policy: p})
		fresh := blocks(h)
		var stale []unsafe.Pointer
		for range 3 {
			for {
				q := h.Alloc(333)
				if q == nil {
					break
				}
				stale = append(stale, q)
			}
			free(t, h, stale[0])
			if err := h.FreeRemote(stale[1]); err != nil {
				t.Fatal(err)
			}
			h.Reset()
			if s := h.Stats(); s.Failures != 0 || s.RemoteErrors != 0 || s.Used != 0 || s.Peak != 0 {
				t.Fatalf("statistics survived Reset: %v", s)
			}
			if got := blocks(h); len(got) != 1 || got[0] != fresh[0] {
				t.Fatalf("after Reset: %v, want %v", got, fresh)
			}
			if n := h.DrainRemote(10); n != 0 {
				t.Fatalf("%d remote frees survived Reset", n)
			}
			for _, q := range stale {
				if err := h.Free(q); !errors.Is(err, ErrInterior) {
					t.Fatalf("Free of a block from before Reset: %v", err)
				}
			}
			check(t, h)
		}
	})
}

// TestPeak: the account and the peak are those of live blocks alone, to the byte,
// whatever is parked. Stats would merge the parked block and is not asked.
func TestPeak(t *testing.T) {
	exactPlace(t)
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<18, Config{Policy: p})
		r := rand.New(rand.NewPCG(5, 5))
		var live []unsafe.Pointer
		var sizes []uintptr
		used, peak := uintptr(0), uintptr(0)
		for i := range 20_000 {
			if n := len(live); n > 0 && r.IntN(64) < n {
				k := r.IntN(n)
				free(t, h, live[k])
				used -= sizes[k]
				live[k], sizes[k] = live[n-1], sizes[n-1]
				live, sizes = live[:n-1], sizes[:n-1]
			} else {
				n := uintptr(100 + 400*r.IntN(4)) // few sizes: a parked block often serves
				live, sizes = append(live, alloc(t, h, n)), append(sizes, p.BlockSize(n))
				used += p.BlockSize(n)
				peak = max(peak, used)
			}
			if uintptr(h.used())*wordSize != used || uintptr(h.peak)*wordSize != peak {
				t.Fatalf("after %d operations %d bytes are used and were at most %d, want %d and %d",
					i+1, h.used()*wordSize, h.peak*wordSize, used, peak)
			}
		}
		check(t, h)
	})
}
