package alloc

import (
	"errors"
	"math"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt/arena"
)

func pattern(p unsafe.Pointer, n uintptr) {
	for i := range n {
		*(*byte)(unsafe.Add(p, i)) = byte(i*7 + 3)
	}
}

func checkPattern(t *testing.T, p unsafe.Pointer, n uintptr) {
	t.Helper()
	for i := range n {
		if b := *(*byte)(unsafe.Add(p, i)); b != byte(i*7+3) {
			t.Fatalf("byte %d of %d is %#x", i, n, b)
		}
	}
}

// TestRealloc grows a block from a class through the next class and the heap to the
// Go heap, and shrinks it there.
func TestRealloc(t *testing.T) {
	a := newAllocator(16<<10, Config{Classes: testClasses, Overflow: Fallback, RealTime: never, MaxAllocation: 100_000})
	p := must(a.Realloc(nil, 50))
	pattern(p, 50)
	held := uintptr(50)
	for _, n := range []uintptr{64, 65, 256, 300, 4000, 40_000, 10, 50_000, 0} {
		room, _ := a.Size(p)
		q, err := a.Realloc(p, n)
		if err != nil {
			t.Fatalf("Realloc to %d: %v", n, err)
		}
		if n <= room && q != p {
			t.Errorf("Realloc to %d moved a block of %d", n, room)
		}
		held = min(held, n)
		checkPattern(t, q, held)
		if size, err := a.Size(q); err != nil || size < n {
			t.Errorf("Size after Realloc to %d: %d, %v", n, size, err)
		}
		if size, _ := a.Size(q); n >= 40_000 && size != n {
			t.Errorf("Size of a block of %d from the Go heap: %d", n, size)
		}
		if q != p {
			if err := a.Free(p); err == nil {
				t.Errorf("after Realloc to %d the old place is live", n)
			}
		}
		p = q
		pattern(p, n)
		held = n
		a.check(t)
	}
	if _, err := a.Realloc(p, 100_001); err != ErrLimit {
		t.Errorf("beyond MaxAllocation: %v", err)
	}
	if err := a.Free(p); err != nil {
		t.Error(err)
	}
	if s := a.Stats(); s.FallbackLive != 0 || s.Heap.Used != 0 || s.Classes[0].Live+s.Classes[1].Live != 0 {
		t.Errorf("all is free, but %+v", s)
	}
	for what, c := range map[string]struct {
		p    unsafe.Pointer
		want error
	}{"foreign": {unsafe.Pointer(new(int)), ErrForeign}, "stale": {p, ErrForeign}} {
		if q, err := a.Realloc(c.p, 10); q != nil || err != c.want {
			t.Errorf("%s: %p, %v", what, q, err)
		}
		if _, err := a.Size(c.p); err != c.want {
			t.Errorf("Size, %s: %v", what, err)
		}
	}
}

// TestReallocFails: a block that cannot grow stays as it was.
func TestReallocFails(t *testing.T) {
	a := newAllocator(18<<10, Config{Classes: testClasses})
	small, large := must(a.Alloc(50)), must(a.Alloc(5000))
	pattern(small, 50)
	pattern(large, 5000)
	exhaust(a, 400)
	for _, p := range []unsafe.Pointer{small, large} {
		if q, err := a.Realloc(p, 6000); q != nil || err != ErrExhausted {
			t.Errorf("%p, %v", q, err)
		}
	}
	checkPattern(t, small, 50)
	checkPattern(t, large, 5000)
	a.check(t)
	for _, p := range []unsafe.Pointer{small, large} {
		if err := a.Free(p); err != nil {
			t.Error(err)
		}
	}
}

// TestReallocKeepsAlignment: also when the block moves to and within the Go heap.
func TestReallocKeepsAlignment(t *testing.T) {
	a := newAllocator(32<<10, Config{Overflow: Fallback, RealTime: never})
	const align = 512
	p := must(a.AllocAligned(100, align))
	pattern(p, 100)
	for _, n := range []uintptr{200, 3000, 50_000, 120_000} {
		must(a.Alloc(8)) // behind the block
		p = must(a.Realloc(p, n))
		if uintptr(p)%align != 0 {
			t.Errorf("after Realloc to %d: %p", n, p)
		}
		checkPattern(t, p, 100)
		if b, ok := a.fallback[p]; ok && b.align != align {
			t.Errorf("after Realloc to %d the alignment is %d", n, b.align)
		}
	}
	if err := a.Free(p); err != nil {
		t.Error(err)
	}
	a.check(t)
}

// TestReallocLimit: MaxAllocation bounds blocks that grow, wherever they are.
func TestReallocLimit(t *testing.T) {
	a := newAllocator(16<<10, Config{Classes: testClasses, MaxAllocation: 1000})
	for _, n := range []uintptr{50, 500} {
		p := must(a.Alloc(n))
		if q, err := a.Realloc(p, 1001); q != nil || err != ErrLimit {
			t.Errorf("from %d: %p, %v", n, q, err)
		}
		p = must(a.Realloc(p, 1000))
		if err := a.Free(p); err != nil {
			t.Error(err)
		}
	}
}

// TestFallbackBuffer writes every byte of aligned blocks from the Go heap: the buffer
// behind each must hold it wherever the alignment puts it.
func TestFallbackBuffer(t *testing.T) {
	a := newAllocator(4<<10, Config{Overflow: Fallback, RealTime: never})
	exhaustHeap(a)
	for align := uintptr(1); align <= 1<<16; align *= 2 {
		for n := uintptr(1); n < 200; n += 33 {
			p := must(a.AllocAligned(n, align))
			if uintptr(p)%max(align, blockAlign) != 0 {
				t.Fatalf("%d bytes aligned to %d at %p", n, align, p)
			}
			b, ok := a.fallback[p]
			start := uintptr(unsafe.Pointer(unsafe.SliceData(b.memory)))
			if !ok || uintptr(p) < start || uintptr(p)+n > start+uintptr(len(b.memory)) {
				t.Fatalf("%d bytes aligned to %d lie outside of their buffer of %d", n, align, len(b.memory))
			}
			if len(b.memory) < int(n+max(align, blockAlign)-1) {
				t.Fatalf("a buffer of %d for %d bytes aligned to %d: too small at the worst address", len(b.memory), n, align)
			}
			pattern(p, n)
		}
	}
}

// exhaustHeap uses up the region without a request that falls back.
func exhaustHeap(a *Allocator) {
	for a.heap.Alloc(1) != nil {
	}
}

func TestCalloc(t *testing.T) {
	a := newAllocator(64<<10, Config{Classes: testClasses})
	dirty := must(a.AllocUninit(100))
	pattern(dirty, 100)
	a.Free(dirty)
	p := must(a.Calloc(25, 4))
	for i := range uintptr(100) {
		if b := *(*byte)(unsafe.Add(p, i)); b != 0 {
			t.Fatalf("byte %d is %#x", i, b)
		}
	}
	for _, c := range [][2]uintptr{{math.MaxUint, 2}, {1 << 33, 1 << 33}, {1 << 32, 1 << 32}} {
		if p, err := a.Calloc(c[0], c[1]); p != nil || !errors.Is(err, ErrTooLarge) && err != ErrExhausted {
			t.Errorf("Calloc(%#x, %#x): %p, %v", c[0], c[1], p, err)
		}
	}
	if _, err := a.Calloc(1<<33, 1<<33); err != ErrTooLarge {
		t.Errorf("a product that overflows: %v", err)
	}
}

func TestWalkOwnsReset(t *testing.T) {
	a := newAllocator(16<<10, Config{Classes: testClasses, Overflow: Fallback, RealTime: never})
	fresh := a.Stats()
	var blocks []unsafe.Pointer
	for _, n := range []uintptr{50, 60, 200, 300, 3000, 30_000} {
		blocks = append(blocks, must(a.Alloc(n)))
	}
	if err := a.FreeRemote(blocks[0]); err != nil {
		t.Fatal(err)
	}
	live := map[unsafe.Pointer]uintptr{}
	for b := range a.Walk {
		if b.Live {
			live[b.Payload] = b.Size
		}
	}
	if len(live) != len(blocks) {
		t.Errorf("Walk shows %d live blocks of %d", len(live), len(blocks))
	}
	for _, p := range blocks {
		if size, _ := a.Size(p); live[p] < size || !a.Owns(p) {
			t.Errorf("%p: Walk shows %d bytes, Size %d; Owns %v", p, live[p], size, a.Owns(p))
		}
	}
	for _, p := range []unsafe.Pointer{nil, unsafe.Pointer(new(int))} {
		if a.Owns(p) {
			t.Errorf("owns %p", p)
		}
	}
	if !a.Owns(unsafe.Add(blocks[4], 100)) {
		t.Error("does not own the inside of a block")
	}
	for stop := 1; stop <= 10; stop++ {
		n := 0
		for range a.Walk {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("a walk that stops at %d went on to %d", stop, n)
		}
	}
	a.Reset()
	if s := a.Stats(); s.Heap != fresh.Heap || s.FallbackLive != 0 || s.Failures != 0 || s.Classes[0] != fresh.Classes[0] {
		t.Errorf("after Reset: %+v, want %+v", s, fresh)
	}
	if n := a.DrainRemote(10); n != 0 {
		t.Errorf("%d remote frees survived Reset", n)
	}
	if p := must(a.Alloc(50)); a.FreeRemote(p) != nil || a.DrainRemote(1) != 1 {
		t.Error("after Reset a slot cannot be handed over")
	}
	a.check(t)
}

func TestAllocatorFreeRemote(t *testing.T) {
	a := newAllocator(64<<10, Config{Classes: testClasses, RemoteQueue: 2})
	var small, large [3]unsafe.Pointer
	for i := range small {
		small[i], large[i] = must(a.Alloc(50)), must(a.Alloc(500))
	}
	for _, blocks := range [][3]unsafe.Pointer{small, large} {
		for i, p := range blocks {
			want := error(nil)
			if i == 2 {
				want = ErrRemoteFull
			}
			if err := a.FreeRemote(p); err != want {
				t.Errorf("FreeRemote %d: %v, want %v", i, err, want)
			}
			if err := a.FreeRemote(p); i < 2 && err != ErrDoubleFree {
				t.Errorf("FreeRemote %d again: %v", i, err)
			}
		}
	}
	for _, c := range []struct {
		p    unsafe.Pointer
		want error
	}{{nil, ErrNil}, {unsafe.Pointer(new(int)), ErrForeign}, {unsafe.Add(small[2], 8), ErrInterior}, {unsafe.Add(large[2], 8), ErrInterior}} {
		if err := a.FreeRemote(c.p); err != c.want {
			t.Errorf("FreeRemote(%p): %v, want %v", c.p, err, c.want)
		}
	}
	if n := a.DrainRemote(3); n != 3 {
		t.Errorf("drained %d of 3", n)
	}
	if s := a.Stats(); s.Classes[0].Live != 1 {
		t.Errorf("slots are not drained first: %+v", s.Classes)
	}
	if n := a.DrainRemote(10); n != 1 {
		t.Errorf("drained %d, want the last one", n)
	}
	for _, p := range []unsafe.Pointer{small[0], large[0]} { // stale, and not allocated again
		if err := a.FreeRemote(p); err != nil {
			t.Errorf("FreeRemote of a stale pointer: %v", err)
		}
	}
	if n, s := a.DrainRemote(10), a.Stats(); n != 2 || s.RemoteErrors != 2 {
		t.Errorf("drained %d, %+v", n, s)
	}
	for _, p := range []unsafe.Pointer{small[2], large[2]} { // refused for want of room before
		if err := a.FreeRemote(p); err != nil || a.DrainRemote(1) != 1 {
			t.Errorf("FreeRemote after a drain: %v", err)
		}
	}
	if s := a.Stats(); s.Heap.Used != 0 || s.Classes[0].Live != 0 {
		t.Errorf("all is free, but %+v", s)
	}
	a.check(t)
}

func TestTyped(t *testing.T) {
	type voice struct {
		Phase float64
		Gain  [3]float32
	}
	a := newAllocator(64<<10, Config{Classes: testClasses})
	if _, err := For[*int](a); !errors.As(err, new(*arena.PointerError)) {
		t.Errorf("a pointer type: %v", err)
	}
	voices := must(For[voice](a))
	dirty := must(a.AllocUninit(1000))
	pattern(dirty, 1000)
	a.Free(dirty)
	v, s := must(voices.New()), must(voices.Slice(20))
	if *v != (voice{}) || len(s) != 20 || cap(s) != 20 {
		t.Errorf("%v, %d", *v, len(s))
	}
	for i, v := range s {
		if v != (voice{}) {
			t.Errorf("element %d is %v", i, v)
		}
	}
	if _, err := voices.Slice(-1); err != ErrTooLarge {
		t.Errorf("a negative length: %v", err)
	}
	if _, err := voices.Slice(1 << 40); err != ErrExhausted && err != ErrTooLarge {
		t.Errorf("a huge length: %v", err)
	}
	if err := errors.Join(voices.Free(v), voices.FreeSlice(s)); err != nil {
		t.Error(err)
	}
	if err := voices.FreeSlice(s); err != ErrDoubleFree {
		t.Errorf("FreeSlice again: %v", err)
	}
	if !debug.Enabled {
		if n := testing.AllocsPerRun(100, func() { v, _ := voices.New(); voices.Free(v) }); n != 0 {
			t.Errorf("%v Go allocations", n)
		}
	}
	a.check(t)
}

// TestWatchedRealloc: hooks and clock see a Realloc as an allocation.
func TestWatchedRealloc(t *testing.T) {
	now, seen := int64(0), uintptr(0)
	a := newAllocator(64<<10, Config{
		WCETAlloc: 5, Clock: func() int64 { now += 10; return now },
		Hooks: Hooks{AllocStart: func(n uintptr) { seen = n }},
	})
	p := must(a.Realloc(nil, 100))
	p = must(a.Realloc(p, 3000))
	if s := a.Stats(); seen != 3000 || s.AllocOverruns != 2 || s.AllocWorst != 10 {
		t.Errorf("seen %d; %+v", seen, s)
	}
	if err := a.Free(p); err != nil {
		t.Error(err)
	}
}
