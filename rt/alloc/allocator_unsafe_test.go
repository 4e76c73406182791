package alloc

import (
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// must unwraps the result of a constructor that a test relies on.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var testClasses = []pool.Class{{Size: 64, Count: 4}, {Size: 256, Count: 2}}

func newAllocator(size int, c Config) *Allocator { return must(New(make([]byte, size), c)) }

func never() bool  { return false }
func always() bool { return true }

// check states what holds of an allocator between operations.
func (a *Allocator) check(t *testing.T) {
	t.Helper()
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestClassesBeforeHeap(t *testing.T) {
	a := newAllocator(64<<10, Config{Classes: testClasses})
	var small []unsafe.Pointer
	for range 5 {
		small = append(small, must(a.Alloc(50)))
	}
	large := must(a.Alloc(300))
	s := a.Stats()
	if s.Classes[0].Live != 4 || s.Classes[1].Live != 0 || s.Spills != 1 || s.Heap.Used == 0 {
		t.Errorf("four of five requests belong into their class, one into the heap: %+v", s)
	}
	for _, p := range append(small, large) {
		if err := a.Free(p); err != nil {
			t.Error(err)
		}
	}
	if s := a.Stats(); s.Classes[0].Live != 0 || s.Heap.Used != 0 || s.Failures != 0 {
		t.Errorf("after all frees: %+v", s)
	}
	a.check(t)
}

func TestFreeRefuses(t *testing.T) {
	for name, c := range map[string]Config{"heap only": {}, "classes": {Classes: testClasses}} {
		a := newAllocator(64<<10, c)
		small, large := must(a.Alloc(50)), must(a.Alloc(5000))
		gone := []unsafe.Pointer{must(a.Alloc(60)), must(a.Alloc(6000))}
		for _, p := range gone {
			if err := a.Free(p); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			what string
			p    unsafe.Pointer
			want error
		}{
			{"nil", nil, ErrNil},
			{"another's", unsafe.Pointer(new(int)), ErrForeign},
			{"inside a small block", unsafe.Add(small, 16), ErrInterior},
			{"inside a large block", unsafe.Add(large, 160), ErrInterior},
			{"a small block twice", gone[0], ErrDoubleFree},
			{"a large block twice", gone[1], ErrDoubleFree},
		} {
			if err := a.Free(c.p); err != c.want {
				t.Errorf("%s: %s: %v, want %v", name, c.what, err, c.want)
			}
			a.check(t)
		}
	}
}

func TestZeroAndAlignment(t *testing.T) {
	a := newAllocator(64<<10, Config{Classes: testClasses})
	for _, n := range []uintptr{0, 1, 64, 65, 256, 257, 9000} {
		p := must(a.AllocUninit(n))
		for i := range n {
			*(*byte)(unsafe.Add(p, i)) = 0xFF
		}
		a.Free(p)
		p = must(a.Alloc(n))
		for i := range n {
			if b := *(*byte)(unsafe.Add(p, i)); b != 0 {
				t.Fatalf("byte %d of %d is %#x", i, n, b)
			}
		}
		if uintptr(p)%blockAlign != 0 {
			t.Errorf("%d bytes at %p", n, p)
		}
		a.Free(p)
	}
	for align := uintptr(1); align <= 4096; align *= 2 {
		p := must(a.AllocAligned(100, align))
		if uintptr(p)%align != 0 {
			t.Errorf("alignment %d: %p", align, p)
		}
		if err := a.Free(p); err != nil {
			t.Error(err)
		}
	}
	for _, align := range []uintptr{0, 3, 24, 2 << 20, math.MaxUint} {
		if p, err := a.AllocAligned(100, align); p != nil || err != ErrAlignment {
			t.Errorf("alignment %d: %p, %v", align, p, err)
		}
	}
	a.check(t)
}

// exhaust takes blocks of n bytes until one is refused, and returns its error.
func exhaust(a *Allocator, n uintptr) error {
	for {
		if _, err := a.Alloc(n); err != nil {
			return err
		}
	}
}

func TestOverflowError(t *testing.T) {
	a := newAllocator(64<<10, Config{MaxAllocation: 5000, Classes: testClasses})
	if _, err := a.Alloc(5001); err != ErrLimit || !errors.Is(err, ErrTooLarge) {
		t.Errorf("more than MaxAllocation: %v", err)
	}
	if _, err := a.AllocAligned(5001, 64); err != ErrLimit {
		t.Errorf("more than MaxAllocation, aligned: %v", err)
	}
	if err := exhaust(a, 5000); err != ErrExhausted {
		t.Errorf("no memory: %v", err)
	}
	if _, err := a.AllocAligned(5000, 64); err != ErrExhausted {
		t.Errorf("no memory, aligned: %v", err)
	}
	if s := a.Stats(); s.Failures != 4 || s.Fallbacks+s.FallbacksRefused != 0 {
		t.Errorf("%+v", s)
	}
	for _, n := range []uintptr{math.MaxUint, math.MaxUint - 15, 1 << 63} {
		if p, err := newAllocator(4096, Config{}).Alloc(n); p != nil || err == nil {
			t.Errorf("%d bytes: %p, %v", n, p, err)
		}
	}
	a.check(t)
}

func TestOverflowPanic(t *testing.T) {
	a := newAllocator(16<<10, Config{Overflow: Panic, MaxAllocation: 4096})
	for _, c := range []struct {
		n    uintptr
		want error
	}{{4097, ErrTooLarge}, {4096, ErrExhausted}} {
		func() {
			defer func() {
				p, ok := recover().(OverflowPanic)
				if !ok || p.Size != c.n || !errors.Is(p, c.want) {
					t.Errorf("%d bytes: panic with %v", c.n, p)
				}
			}()
			exhaust(a, c.n)
		}()
	}
	if s := a.Stats(); s.Failures != 2 || s.Fallbacks+s.FallbacksRefused != 0 {
		t.Errorf("%+v", s)
	}
	a.check(t)
}

func TestOverflowFallback(t *testing.T) {
	a := newAllocator(16<<10, Config{Overflow: Fallback, MaxAllocation: 8192, RealTime: never})
	var blocks []unsafe.Pointer
	for i := range 8 {
		p := must(a.AllocAligned(4096, 64))
		if uintptr(p)%64 != 0 {
			t.Errorf("block %d at %p", i, p)
		}
		unsafe.Slice((*byte)(p), 4096)[4095] = byte(i)
		blocks = append(blocks, p)
	}
	runtime.GC()
	if s := a.Stats(); s.Fallbacks == 0 || s.FallbackLive != int(s.Fallbacks) || s.Failures != s.Fallbacks {
		t.Errorf("%+v", s)
	}
	if err := a.Free(unsafe.Pointer(new(int))); err != ErrForeign {
		t.Errorf("a foreign pointer: %v", err)
	}
	for i, p := range blocks {
		if got := unsafe.Slice((*byte)(p), 4096)[4095]; got != byte(i) {
			t.Errorf("block %d holds %d", i, got)
		}
		if err := a.Free(p); err != nil {
			t.Error(err)
		}
		if err := a.Free(p); err == nil {
			t.Error("a second free passes")
		}
	}
	if s := a.Stats(); s.FallbackLive != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := a.Alloc(8193); err != ErrLimit {
		t.Errorf("more than MaxAllocation: %v", err)
	}
	a.check(t)
	big := newAllocator(16<<10, Config{Overflow: Fallback, RealTime: never})
	for _, n := range []uintptr{maxFallback + 1, math.MaxUint} {
		if _, err := big.Alloc(n); err == nil {
			t.Errorf("%d bytes were served", n)
		}
	}
	if s := big.Stats(); s.Failures != 2 || s.Fallbacks != 0 {
		t.Errorf("nothing was served: %+v", s)
	}
}

// TestWrongAlignmentIsNoOverflow: under no policy.
func TestWrongAlignmentIsNoOverflow(t *testing.T) {
	for _, o := range []Overflow{Error, Panic, Fallback} {
		a := newAllocator(16<<10, Config{Overflow: o, RealTime: never})
		if p, err := a.AllocAligned(100, 48); p != nil || err != ErrAlignment {
			t.Errorf("%v: %p, %v", o, p, err)
		}
		if s := a.Stats(); s.Failures+s.Fallbacks != 0 {
			t.Errorf("%v: %+v", o, s)
		}
	}
}

// TestLargestClass serves a request of just the largest class's size.
func TestLargestClass(t *testing.T) {
	a := newAllocator(16<<10, Config{Classes: testClasses})
	must(a.Alloc(256))
	if s := a.Stats(); s.Classes[1].Live != 1 || s.Heap.Used != 0 {
		t.Errorf("%+v", s)
	}
}

// TestHooksAlone are called without bounds on the time.
func TestHooksAlone(t *testing.T) {
	calls := 0
	for name, h := range map[string]Hooks{
		"AllocStart": {AllocStart: func(uintptr) { calls++ }},
		"AllocEnd":   {AllocEnd: func(uintptr, time.Duration, error) { calls++ }},
		"FreeStart":  {FreeStart: func() { calls++ }},
		"FreeEnd":    {FreeEnd: func(time.Duration, error) { calls++ }},
	} {
		calls = 0
		a := newAllocator(16<<10, Config{Hooks: h})
		a.Free(must(a.Alloc(10)))
		if calls != 1 {
			t.Errorf("%s: %d calls", name, calls)
		}
	}
}

// TestNoFallbackOnRealTimeThreads: also by what the operating system says.
func TestNoFallbackOnRealTimeThreads(t *testing.T) {
	a := newAllocator(16<<10, Config{Overflow: Fallback, RealTime: always})
	if err := exhaust(a, 4096); err != ErrExhausted {
		t.Errorf("%v", err)
	}
	if s := a.Stats(); s.FallbacksRefused != 1 || s.Fallbacks != 0 {
		t.Errorf("%+v", s)
	}
}

func TestNewRefuses(t *testing.T) {
	region := make([]byte, 64<<10)
	for want, c := range map[string]Config{
		"MemoryBudget":          {MemoryBudget: -1},
		"the region's 65536":    {MemoryBudget: 64<<10 + 1},
		"MaxAllocation":         {MaxAllocation: -1},
		"MaxLive -1":            {MaxLive: -1},
		"without MaxAllocation": {MaxLive: 1000},
		"may need":              {MaxLive: 32 << 10, MaxAllocation: 4096},
		"Overflow":              {Overflow: 3},
		"WCETAlloc":             {WCETAlloc: -1},
		"WCETFree":              {WCETFree: -1},
		"pool: Class 0":         {Classes: []pool.Class{{Size: 3, Count: 1}}},
		"these classes need":    {Classes: []pool.Class{{Size: 64, Count: 10000}}},
		"Policy":                {Policy: 9},
		"too small":             {MemoryBudget: 16},
	} {
		if _, err := New(region, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v does not say %q", c, err, want)
		}
	}
	if _, err := New(nil, Config{}); err == nil {
		t.Error("a region of 0 bytes passes")
	}
	if _, err := New(region[8:], Config{}); err == nil || !strings.Contains(err.Error(), "aligned") {
		t.Errorf("an unaligned region: %v", err)
	}
}

// TestMaxLiveHolds: what New accepts for MaxLive never runs out.
func TestMaxLiveHolds(t *testing.T) {
	c := Config{MaxLive: 8 << 10, MaxAllocation: 512, Policy: tlsf.HalfFit}
	need := int(tlsf.WorstCaseArena(c.Policy, uintptr(c.MaxLive), uintptr(c.MaxAllocation)))
	if _, err := New(make([]byte, need-64), c); err == nil {
		t.Error("less than the bound passes")
	}
	a := newAllocator(need, c)
	driveAllocator(t, a, randomSource(1, 20_000), c.MaxLive)
	if s := a.Stats(); s.Failures != 0 {
		t.Errorf("%+v", s)
	}
}

func TestMemoryBudget(t *testing.T) {
	region := make([]byte, 64<<10)
	a := must(New(region, Config{MemoryBudget: 16 << 10, Classes: testClasses}))
	exhaust(a, 500)
	exhaust(a, 10)
	for i, b := range region[16<<10:] {
		if b != 0 {
			t.Fatalf("byte %d beyond the budget was written", i)
		}
	}
	a.check(t)
}

func TestWatching(t *testing.T) {
	var now int64
	var log []string
	say := func(s string) { log = append(log, s) }
	a := newAllocator(64<<10, Config{
		WCETAlloc: 10, WCETFree: 20,
		Clock: func() int64 { return now },
		Hooks: Hooks{
			AllocStart: func(n uintptr) { say("alloc"); now += int64(n) }, // not counted
			AllocEnd: func(n uintptr, took time.Duration, err error) {
				if err != nil {
					say(err.Error())
				}
			},
			FreeStart: func() { say("free") },
			FreeEnd:   func(took time.Duration, err error) { say("freed") },
		},
	})
	p := must(a.Alloc(50))
	a.Free(p)
	a.Alloc(math.MaxUint)
	if got := strings.Join(log, " "); !strings.HasPrefix(got, "alloc free freed alloc tlsf:") {
		t.Errorf("hooks saw %s", got)
	}
	if s := a.Stats(); s.AllocOverruns+s.FreeOverruns != 0 || s.AllocWorst != 0 {
		t.Errorf("time outside of operations was counted: %+v", s)
	}

	step := int64(0) // each reading of the clock
	a = newAllocator(64<<10, Config{
		WCETAlloc: 10, WCETFree: 20, Clock: func() int64 { now += step; return now },
	})
	for _, step = range []int64{9, 10, 11, 19, 21, 5} {
		a.Free(must(a.AllocAligned(100, 64)))
	}
	s := a.Stats()
	if s.AllocOverruns != 3 || s.FreeOverruns != 1 || s.AllocWorst != 21 || s.FreeWorst != 21 {
		t.Errorf("%+v", s)
	}
	unwatched := newAllocator(64<<10, Config{Clock: func() int64 { t.Error("clock was read"); return 0 }})
	unwatched.Free(must(unwatched.Alloc(10)))
}

func TestMonotonic(t *testing.T) {
	if a, b := monotonic(), monotonic(); b < a {
		t.Errorf("%d, then %d", a, b)
	}
}

func TestNothingAllocates(t *testing.T) {
	if debug.Enabled {
		t.Skip("a debug build of the heap keeps a list of its blocks")
	}
	a := newAllocator(64<<10, Config{Classes: testClasses})
	w := newAllocator(64<<10, Config{Classes: testClasses, WCETAlloc: time.Second})
	h := must(NewHazard(4, func(*int) {}))
	guard, retirer, x := must(h.Guard()), h.Retirer(), new(int)
	for name, op := range map[string]func(){
		"Allocator": func() {
			p, _ := a.Alloc(50)
			q, _ := a.AllocAligned(1000, 128)
			a.Free(p)
			a.Free(p)
			a.Free(q)
			a.Alloc(1 << 20)
		},
		"watched": func() { p, _ := w.Alloc(50); w.Free(p) },
		"Hazard":  func() { guard.TryProtect(&somewhere); guard.Release(); retirer.Retire(x) },
	} {
		if n := testing.AllocsPerRun(100, op); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
