package suite

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
)

const (
	// garbageRate is a busy server's, in bytes a second.
	garbageRate = 50_000_000
	// garbageBlock is an I/O buffer. The runtime counts objects above 32 KiB one
	// by one, so that they can be told from what else is allocated.
	garbageBlock = 64 << 10
)

// loadSize says how much a load does; the zero value does nothing.
type loadSize struct {
	busy    int   // goroutines that compute without a pause
	garbage int64 // bytes a second
}

// standardLoad is that of the benchmarks named busy.
var standardLoad = loadSize{busy: 4, garbage: garbageRate}

// load is the rest of a program: goroutines that compute without a pause and
// one that makes garbage at a paced rate. They exist from newLoad on and wait for
// begin, which allocates nothing.
type load struct {
	size    loadSize
	gate    chan struct{}
	begun   atomic.Bool
	stopped atomic.Bool
	workers sync.WaitGroup
	// turns is even between two blocks and odd while one is being made.
	turns atomic.Int64
}

func newLoad(size loadSize) *load {
	l := &load{size: size, gate: make(chan struct{})}
	for range size.busy {
		l.workers.Go(l.compute)
	}
	if size.garbage > 0 {
		l.workers.Go(l.litter)
	}
	return l
}

func (l *load) begin() {
	if l.begun.CompareAndSwap(false, true) {
		close(l.gate)
	}
}

// blocks is how many heap allocations the load has made.
func (l *load) blocks() int64 { return (l.turns.Load() + 1) / 2 }

// without is what heap counts less what the load has made of it, both at one
// moment: a block that is counted and not yet entered would make a total of −1.
func (l *load) without(heap func() int64) int64 {
	for {
		before := l.turns.Load()
		n := heap()
		if before%2 == 0 && l.turns.Load() == before {
			return n - before/2
		}
		sampler.Sleep(10 * time.Microsecond)
	}
}

// stop ends the load, whether it has begun or not. Later calls do nothing.
func (l *load) stop() {
	l.stopped.Store(true)
	l.begin()
	l.workers.Wait()
}

// computed keeps the compiler from dropping compute's work.
var computed atomic.Uint64

func (l *load) compute() {
	<-l.gate
	x := uint64(1)
	for !l.stopped.Load() {
		for range 1000 {
			x = x*6364136223846793005 + 1442695040888963407
		}
	}
	computed.Store(x)
}

// littered keeps the latest blocks reachable, as a program does that works on
// them.
var littered [16][]byte

// litter makes garbage in steps of a millisecond, and makes up for steps that
// the scheduler denied it.
func (l *load) litter() {
	<-l.gate
	begin := rt.Now()
	for n := int64(0); !l.stopped.Load(); {
		due := (rt.Now() - begin) / int64(time.Microsecond) * (l.size.garbage / 1_000_000) / garbageBlock
		for ; n < due; n++ {
			l.turns.Add(1)
			littered[n%int64(len(littered))] = make([]byte, garbageBlock)
			l.turns.Add(1)
		}
		sampler.Sleep(time.Millisecond)
	}
}

// roomFor refuses to measure for so long that the garbage, which no collector
// collects while the collector is off, would take more than half of the free
// memory.
func (s loadSize) roomFor(d time.Duration) error {
	free := freeMemory()
	garbage := int64(d.Seconds() * float64(s.garbage))
	if free > 0 && garbage > free/2 {
		return fmt.Errorf("%v with the collector off leaves %d MB of garbage, more than half of the %d MB free; measure for at most %v a process",
			d, garbage/1e6, free/1e6, (time.Duration(free/2/s.garbage) * time.Second))
	}
	return nil
}
