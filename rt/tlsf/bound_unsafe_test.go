package tlsf

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/testenv"
)

// adversary is a program that tries to make a heap run out while it stays
// within limits: requests of at most n bytes, live ones of at most maxLive in
// sum, each counted as 16 if it is less.
type adversary struct {
	t       testing.TB
	h       *Heap
	maxLive uintptr
	n       uintptr
	live    []request
	sum     uintptr
	high    uintptr // end of the highest block so far, from the first one
	failed  bool
}

type request struct {
	p unsafe.Pointer
	n uintptr
}

// alloc reports false when the limits forbid n bytes or the heap failed.
func (a *adversary) alloc(n uintptr) bool {
	if n > a.n || a.sum+max(n, unitSize) > a.maxLive || a.failed {
		return false
	}
	p := a.h.Alloc(n)
	if p == nil {
		a.failed = true
		return false
	}
	a.sum += max(n, unitSize)
	a.live = append(a.live, request{p, n})
	size, _ := a.h.Size(p)
	a.high = max(a.high, a.offset(p)+size+headerSize)
	return true
}

func (a *adversary) offset(p unsafe.Pointer) uintptr {
	return uintptr(p) - headerSize - uintptr(unsafe.Pointer(at(a.h.base, a.h.pools[0].first)))
}

func (a *adversary) freeIf(drop func(request) bool) {
	a.live = slices.DeleteFunc(a.live, func(r request) bool {
		if !drop(r) {
			return false
		}
		a.sum -= max(r.n, unitSize)
		free(a.t, a.h, r.p)
		return true
	})
}

// sizeFor is the largest request that a block of words words serves.
func sizeFor(words uintptr) uintptr { return words*wordSize - headerSize }

// robson is the attack that no allocator withstands better than by
// M·(1+½log2 n): in step i all live blocks are freed but those that cover one
// address in 2^i, chosen to keep the fewest bytes, and what the limits allow is
// allocated in blocks of twice the size. Robson, "Bounds for some functions
// concerning dynamic storage allocation", JACM 21(3), 1974, section 2.
func robson(a *adversary) {
	for a.alloc(unitSize - headerSize) {
	}
	residue := uintptr(0)
	for size := uintptr(unitSize); sizeFor(2*size/wordSize) <= a.n; size *= 2 {
		// Blocks that cover an address ≡ residue modulo 2·size are kept.
		keep := func(f uintptr) (kept func(request) bool, free uintptr) {
			kept = func(r request) bool {
				held, _ := a.h.Size(r.p)
				from := a.offset(r.p)
				return (f-from)&(2*size-1) < held+headerSize
			}
			for _, r := range a.live {
				if kept(r) {
					held, _ := a.h.Size(r.p)
					free += 2*size - min(held+headerSize, 2*size)
				}
			}
			return kept, free
		}
		kept, free := keep(residue)
		if other, more := keep(residue + size); more > free {
			kept, residue = other, residue+size
		}
		a.freeIf(func(r request) bool { return !kept(r) })
		for a.alloc(sizeFor(2 * size / wordSize)) {
		}
	}
}

// comb leaves a small block behind each of many large ones, frees those, and
// asks for something a little larger: the pattern that hurts best fit.
func comb(a *adversary) {
	for large := a.n / 16; large <= a.n; large += max(large/16, 16) {
		for a.alloc(large) && a.alloc(8) {
		}
		a.freeIf(func(r request) bool { return r.n > 8 })
	}
	for a.alloc(a.n) {
	}
}

// descending is comb from large to small, then one of the largest.
func descending(a *adversary) {
	for large := a.n; large >= 32; large -= max(large/8, 16) {
		for a.alloc(large) && a.alloc(8) {
		}
		i := 0
		a.freeIf(func(r request) bool { i++; return r.n > 8 || i%4 != 0 })
	}
	a.freeIf(func(r request) bool { return r.n > 8 })
	for a.alloc(a.n) {
	}
}

// random allocates up to the limit in phases of one kind of size each, and
// frees all but few in between.
func random(a *adversary) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		limit := uintptr(1) << r.IntN(bits.Len(uint(a.n))+1)
		for a.alloc(min(a.n, uintptr(r.Uint64N(uint64(limit)))|limit>>1)) {
		}
		keep := r.IntN(20)
		a.freeIf(func(request) bool { return r.IntN(20) >= keep })
	}
}

var attacks = map[string]func(*adversary){"robson": robson, "comb": comb, "descending": descending, "random": random}

// TestWorstCaseArena attacks heaps of just the size that WorstCaseArena says:
// none may fail. The same attacks must need much more than maxLive, or they
// prove nothing.
func TestWorstCaseArena(t *testing.T) {
	testenv.SkipInRaceRun(t)
	exactPlace(t)
	for _, p := range policies {
		needed := 0.0
		for _, c := range []struct{ maxLive, n uintptr }{
			{1 << 10, 1 << 10}, {1 << 12, 120}, {1 << 14, 504}, {1 << 16, 4000}, {1 << 15, 1 << 13}, {100_000, 2040}, {1 << 16, 8},
		} {
			size := WorstCaseArena(p, c.maxLive, c.n)
			for name, attack := range attacks {
				a := &adversary{t: t, h: newHeap(t, int(size), Config{Policy: p, RemoteQueue: 1}), maxLive: c.maxLive, n: c.n}
				attack(a)
				check(t, a.h)
				if a.failed {
					t.Errorf("%v, %d bytes live, requests to %d: %s exhausted %d bytes; %+v", p, c.maxLive, c.n, name, size, a.h.Stats())
				}
				needed = max(needed, float64(a.high)/float64(c.maxLive))
			}
		}
		t.Logf("%v: the worst attack needed %.2f times maxLive", p, needed)
		if needed < 2.5 {
			t.Errorf("%v: the worst attack needed only %.2f times maxLive", p, needed)
		}
	}
}

// TestWorstCaseArenaIsNeeded: in an arena of twice the live bytes the attacks
// succeed.
func TestWorstCaseArenaIsNeeded(t *testing.T) {
	exactPlace(t)
	for _, p := range policies {
		a := &adversary{t: t, h: newHeap(t, 2<<16, Config{Policy: p}), maxLive: 1 << 16, n: 4000}
		robson(a)
		if !a.failed {
			t.Errorf("%v: robson's attack on 64 KiB live fits into 128 KiB", p)
		}
		check(t, a.h)
	}
}

func TestWorstCaseArenaValues(t *testing.T) {
	for _, p := range policies {
		for _, c := range []struct{ maxLive, n uintptr }{{0, 0}, {1, 1}, {1 << 20, 1 << 12}, {1 << 24, 64}, {1 << 20, 1 << 16}} {
			size := WorstCaseArena(p, c.maxLive, c.n)
			if size < c.maxLive || size != ^uintptr(0) && size%unitSize != 0 {
				t.Errorf("%v: %d, %d: %d", p, c.maxLive, c.n, size)
			}
			if bigger := WorstCaseArena(p, 2*c.maxLive+100, 2*c.n); bigger < size {
				t.Errorf("%v: twice of %d, %d: %d, less than %d", p, c.maxLive, c.n, bigger, size)
			}
		}
		if size := WorstCaseArena(p, 1<<62, 1<<40); size != ^uintptr(0) {
			t.Errorf("%v: no arena could do, got %d", p, size)
		}
	}
	// 1 MiB in blocks to 4 KiB: half-fit is affordable, good-fit is not.
	half, good := WorstCaseArena(HalfFit, 1<<20, 1<<12), WorstCaseArena(GoodFit, 1<<20, 1<<12)
	if half > 32<<20 || good < 128<<20 {
		t.Errorf("half-fit %d, good-fit %d", half, good)
	}
}

// TestWorstCaseArenaIsTheFormula: a heap in such an arena has as many words as the
// documented formulas say.
func TestWorstCaseArenaIsTheFormula(t *testing.T) {
	for _, c := range []struct{ maxLive, n uint64 }{{1 << 12, 120}, {1 << 14, 1 << 14}, {1 << 16, 4000}, {100_000, 24}} {
		for _, p := range policies {
			size := uint64(p.BlockSize(uintptr(c.n))) / wordSize
			words := 2*c.maxLive/wordSize + size + (c.maxLive/16+2)*(size-2)
			if p == HalfFit {
				words = (c.maxLive*256/100/wordSize + size) * uint64(1+bits.Len64(size/2-1))
			}
			h := newHeap(t, int(WorstCaseArena(p, uintptr(c.maxLive), uintptr(c.n))), Config{Policy: p, RemoteQueue: 1})
			if got := uint64(h.pools[0].last - h.pools[0].first); got < words || got > words+words/50+100 {
				t.Errorf("%v, %d bytes live, requests to %d: %d words, want %d", p, c.maxLive, c.n, got, words)
			}
		}
	}
}

// TestHalfFitBoundExhaustively plays every game against half-fit heaps of just
// the size that the formula says: all sequences of requests and frees with at
// most M units of 16 bytes live, in blocks of 1, 2, … n units. None may make a
// request fail. With -v it also says how many units are needed.
func TestHalfFitBoundExhaustively(t *testing.T) {
	readsFreeMemory(t)
	exactPlace(t)
	for _, c := range []struct{ m, n uint32 }{{2, 1}, {3, 2}, {4, 2}, {4, 4}, {5, 2}, {5, 4}} {
		if testing.Short() && c.m > 3 {
			continue
		}
		// One block of n more for the parked one, as in WorstCaseArena.
		bound := (c.m + c.n) * uint32(1+bits.Len32(c.n-1))
		failed, states := playAll(t, bound, c.m, c.n)
		if failed {
			t.Errorf("M=%d, n=%d: a game exhausts %d units", c.m, c.n, bound)
		}
		if !testing.Verbose() {
			continue
		}
		need := bound
		for !failed && need > c.m {
			need--
			failed, _ = playAll(t, need, c.m, c.n)
		}
		t.Logf("M=%d, n=%d: %d units suffice in %d positions; %d are needed", c.m, c.n, bound, states, need+1)
	}
}

// playAll reports whether some game exhausts a heap of that many units of 16
// bytes, and how many positions games lead to. A position is a copy of what the
// heap's future depends on.
func playAll(t *testing.T, units, m, n uint32) (failed bool, positions int) {
	h := heapOfUnits(t, units)
	memory := h.pools[0].memory
	type position struct {
		bins                     binset
		parked, parkedSize, peak uint32
		room                     int64
		memory                   string
	}
	save := func() position {
		return position{h.bins, h.parked, h.parkedSize, h.peak, h.room, string(memory)}
	}
	restore := func(p *position) {
		h.bins, h.parked, h.parkedSize, h.peak, h.room = p.bins, p.parked, p.parkedSize, p.peak, p.room
		copy(memory, p.memory)
	}
	seen := map[string]bool{}
	todo := []position{save()}
	visit := func() {
		key := h.canonical()
		if !seen[key] {
			seen[key] = true
			todo = append(todo, save())
		}
	}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		restore(&p)
		used := h.used() / 2
		for size := uint32(1); size <= n && used+size <= m; size *= 2 {
			if h.Alloc(sizeFor(uintptr(size)*2)) == nil {
				return true, len(seen)
			}
			visit()
			restore(&p)
		}
		for b := h.pools[0].first; b != h.pools[0].last; b += at(h.base, b).tag & sizeMask {
			if *h.state(uint64(b))>>(b&63)&1 != 0 {
				free(t, h, payload(h.base, b))
				visit()
				restore(&p)
			}
		}
	}
	return false, len(seen)
}

// heapOfUnits makes a half-fit heap with one free block of that many units.
func heapOfUnits(t *testing.T, units uint32) *Heap {
	for bytes := 64; ; bytes += unitSize {
		h, err := New(region(bytes), Config{Policy: HalfFit, RemoteQueue: 1})
		if err == nil && h.pools[0].last-h.pools[0].first == 2*units {
			return h
		}
		if bytes > 1<<16 {
			t.Fatalf("no heap of %d units", units)
		}
	}
}

// canonical describes all that the heap's future depends on.
func (h *Heap) canonical() string {
	var k []byte
	for b := h.pools[0].first; b != h.pools[0].last; {
		t := at(h.base, b).tag
		live := *h.state(uint64(b)) >> (b & 63) & 1
		k = append(k, byte(t&sizeMask), byte(t>>30), byte(live))
		b += t & sizeMask
	}
	for i := uint32(1); i < h.cells; i++ {
		for b := at(h.base, i).nextFree; b != i; b = at(h.base, b).nextFree {
			k = append(k, byte(b))
		}
		k = append(k, 0xfe)
	}
	return string(append(k, byte(h.parked), byte(h.parkedSize)))
}
