package core

import (
	"runtime"
	"testing"

	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/ring"
)

type kilobyte [1 << 10]byte
type word struct{ a uint64 }

var (
	kilobytes = MustType[kilobyte]()
	words     = MustType[word]()
	raw       = MustType[byte]()
)

func benchLane(b *testing.B, c Config) *Lane {
	b.Helper()
	c.NoLock = true
	a, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { a.Close() })
	l, err := a.Lane()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	return l
}

// frames runs b.N allocations, a frame for each perFrame of them.
func frames(b *testing.B, l *Lane, perFrame int, alloc func(*Frame, int)) {
	b.ResetTimer()
	for n := 0; n < b.N; n += perFrame {
		f, _ := l.Begin()
		alloc(f, min(perFrame, b.N-n))
		f.End()
	}
}

func BenchmarkFrame1k(b *testing.B) {
	l := benchLane(b, Config{FrameSize: 1 << 20})
	frames(b, l, 1000, func(f *Frame, n int) {
		for range n {
			kilobytes.NewUninit(f)
		}
	})
}

func BenchmarkFrame1kZeroed(b *testing.B) {
	l := benchLane(b, Config{FrameSize: 1 << 20})
	frames(b, l, 1000, func(f *Frame, n int) {
		for range n {
			kilobytes.New(f)
		}
	})
}

// boundLane is a lane whose allocator, lane and tag have budgets that bound
// allocations without being crossed.
func boundLane(b *testing.B) (*Lane, Tag) {
	b.Helper()
	far := Budget{Soft: 64 << 20, Hard: 128 << 20}
	a, err := New(Config{FrameSize: 1 << 20, NoLock: true, Budget: far, LaneBudget: far})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { a.Close() })
	tag, _ := a.Tag("physics", far)
	l, _ := a.Lane()
	b.ReportAllocs()
	return l, tag
}

func BenchmarkFrame1kBudgets(b *testing.B) {
	l, tag := boundLane(b)
	frames(b, l, 1000, func(f *Frame, n int) {
		s := f.Push(tag)
		for range n {
			kilobytes.NewUninit(f)
		}
		s.End()
	})
}

func BenchmarkFrame64k(b *testing.B) {
	l := benchLane(b, Config{FrameSize: 64 << 20})
	frames(b, l, 1000, func(f *Frame, n int) {
		for range n {
			raw.MakeUninit(f, 64<<10)
		}
	})
}

// BenchmarkReset10k is the Begin and End of a frame that holds 10,000 allocations.
// They are only entered in its accounts, which End cannot distinguish: making them
// would take a thousand times as long as the operation to be timed.
func BenchmarkReset10k(b *testing.B) {
	l := benchLane(b, Config{})
	for range b.N {
		f, _ := l.Begin()
		f.next, f.allocs = 80_000, 10_000
		f.End()
	}
}

func BenchmarkBeginEnd(b *testing.B) {
	l := benchLane(b, Config{})
	for range b.N {
		f, _ := l.Begin()
		f.End()
	}
}

func BenchmarkPoolPair(b *testing.B) {
	l := benchLane(b, Config{})
	p, err := NewPool(l, words, 1024)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		x, _ := p.New()
		x.Close()
	}
}

func BenchmarkPoolPairBudgets(b *testing.B) {
	l, tag := boundLane(b)
	p, err := NewPool(l, words, 1024)
	if err != nil {
		b.Fatal(err)
	}
	f, _ := l.Begin()
	defer f.End()
	defer f.Push(tag).End()
	b.ResetTimer()
	for range b.N {
		x, _ := p.New()
		x.Close()
	}
}

func BenchmarkHeap1k(b *testing.B) {
	l := benchLane(b, Config{})
	b.ResetTimer()
	for range b.N {
		x, _ := kilobytes.BoxUninit(l.Heap())
		x.Close()
	}
}

func BenchmarkHeap1kBudgets(b *testing.B) {
	l, tag := boundLane(b)
	f, _ := l.Begin()
	defer f.End()
	defer f.Push(tag).End()
	b.ResetTimer()
	for range b.N {
		x, _ := kilobytes.BoxUninit(l.Heap())
		x.Close()
	}
}

func BenchmarkHeap1kZeroed(b *testing.B) {
	l := benchLane(b, Config{})
	b.ResetTimer()
	for range b.N {
		x, _ := kilobytes.Box(l.Heap())
		x.Close()
	}
}

func BenchmarkTagLookup(b *testing.B) {
	l := benchLane(b, Config{})
	tag, _ := l.a.Tag("physics", Budget{})
	f, _ := l.Begin()
	defer f.End()
	sum := 0
	b.ResetTimer()
	for range b.N {
		sum += len(l.a.TagName(tag))
	}
	runtime.KeepAlive(sum)
}

func BenchmarkPhasePair(b *testing.B) {
	l := benchLane(b, Config{})
	p, _ := l.a.Phase("physics")
	f, _ := l.Begin()
	defer f.End()
	b.ResetTimer()
	for range b.N {
		f.Phase(p).End()
	}
}

func BenchmarkTagScope(b *testing.B) {
	l := benchLane(b, Config{})
	t, _ := l.a.Tag("physics", Budget{})
	f, _ := l.Begin()
	defer f.End()
	b.ResetTimer()
	for range b.N {
		f.Push(t).End()
	}
}

func BenchmarkRefGet(b *testing.B) {
	l := benchLane(b, Config{})
	f, _ := l.Begin()
	defer f.End()
	r, _ := words.New(f)
	b.ResetTimer()
	for range b.N {
		p, _ := r.Get()
		p.a++
	}
}

func BenchmarkMarkRewind(b *testing.B) {
	l := benchLane(b, Config{})
	f, _ := l.Begin()
	defer f.End()
	b.ResetTimer()
	for range b.N {
		f.Rewind(f.Mark())
	}
}

// BenchmarkTransferSameThread is Send, Accept and the way home, all in one thread.
func BenchmarkTransferSameThread(b *testing.B) {
	from, to := twoLanes(b)
	p, _ := NewPool(from, words, 64)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		x, _ := p.New()
		t, _ := x.Send()
		y, _ := t.Accept(to)
		y.Close()
		from.Drain(1)
	}
}

// BenchmarkTransferOneWay is half of a round trip between two threads, each leg
// a Send, a ring, and an Accept.
func BenchmarkTransferOneWay(b *testing.B) {
	from, to := twoLanes(b)
	mem, _ := arena.New(arena.Config{Size: 1 << 16, NoLock: true})
	defer mem.Close()
	half := mem.Bytes()[1<<15:]
	out, _ := ring.CreateSPSC[Transfer[word]](mem.Bytes()[:1<<15], 64)
	back, _ := ring.CreateSPSC[Transfer[word]](half, 64)
	go func() {
		runtime.LockOSThread()
		to.Adopt()
		in, _ := out.Consumer()
		reply, _ := back.Producer()
		for range b.N {
			y, _ := pop(in).Accept(to)
			t, _ := y.Send()
			reply.Push(t)
		}
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	send, _ := out.Producer()
	receive, _ := back.Consumer()
	x, _ := words.Box(from.Heap())
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		t, _ := x.Send()
		send.Push(t)
		x, _ = pop(receive).Accept(from)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N), "ns/leg")
	if err := x.Close(); err != nil {
		b.Fatal(err)
	}
}

func pop[T any](c *ring.Consumer[T]) T {
	for {
		if v, ok := c.Pop(); ok {
			return v
		}
	}
}

func twoLanes(tb testing.TB) (*Lane, *Lane) {
	tb.Helper()
	a, err := New(Config{Lanes: 2, NoLock: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { a.Close() })
	first, err := a.Lane()
	if err != nil {
		tb.Fatal(err)
	}
	second, err := a.Lane()
	if err != nil {
		tb.Fatal(err)
	}
	return first, second
}
