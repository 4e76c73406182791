package handoff

import (
	"fmt"
	"runtime"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Flags of a block and of a Record.
const (
	XrunIn  = 1 << iota // the device lost input
	XrunOut             // the device ran out of output
	Gap                 // cycles before this block were substituted
	Priming             // before the device starts
	Changed             // the block's size or the rate is another than before
	Missed              // records only: the cycle got a substitute
	Late                // records only: the call ended after the cycle's period
	Raised              // records only: the output was faded in after a substitute
)

// Substitutes for a block that is not back in time; the values are those of
// audio.OnMiss.
const (
	Silence = iota
	Repeat
	Fade
)

// What [Region.Gate] lets through.
const (
	// Open exchanges blocks.
	Open = iota
	// Bypassed substitutes each cycle at once: the worker is known not to answer,
	// and waiting for it would only delay the device's other clients.
	Bypassed
	// Paused is Bypassed with one fade to silence, whatever OnMiss says, and the
	// first block afterwards rises from silence: the worker is being prepared for
	// another rate.
	Paused
)

const cacheLine = 64

// Config shapes a Region. All fields must be set but OnMiss, In and Out, of which
// one may be 0.
type Config struct {
	In, Out, MaxFrames int
	// Period of a cycle and Budget, from its beginning to the deadline, in ns. A
	// cycle of another period has a deadline in proportion.
	Period, Budget int64
	// Least is how long after the driver's call the deadline is at the earliest, in
	// ns: a driver that is called late then still waits so long.
	Least  int64
	OnMiss int
	// Records is how many cycles' records are kept until they are drained, a
	// power of two.
	Records int
	// Now is the clock of all times, CLOCK_MONOTONIC where the driver is in C.
	Now func() int64
	// Portable waits without futexes: both halves must then be in Go. It is
	// implied on other systems than Linux.
	Portable bool
}

// Size is how many bytes a Region of this shape needs.
func (c Config) Size() int { return c.place().end }

// places are byte offsets within a region.
type places struct{ stride, in, out, last, records, end int }

func (c Config) place() (p places) {
	p.stride = (c.MaxFrames*4 + cacheLine - 1) &^ (cacheLine - 1)
	p.records = layoutSize
	p.in = p.records + c.Records*recordSize
	p.out = p.in + c.In*p.stride
	p.last = p.out + c.Out*p.stride
	p.end = p.last + c.Out*p.stride
	return p
}

// Region is the memory of one exchange.
type Region struct {
	memory []byte
	now    func() int64
	*layout
	inputs, outputs, lasts [][]float32
	ring                   []Record
	posting                waiter // rings when posted changes
	finishing              waiter // rings when done changes
}

// New lays a region over memory, which it clears. memory must be aligned to 64.
func New(memory []byte, c Config) (*Region, error) {
	p := c.place()
	switch {
	case c.In < 0 || c.Out < 0 || c.MaxFrames <= 0 || c.Period <= 0 || c.Budget <= 0 || c.Least < 0 || c.Now == nil:
		return nil, fmt.Errorf("handoff: %+v: channels must not be negative, the rest must be set", c)
	case c.Records <= 0 || c.Records&(c.Records-1) != 0:
		return nil, fmt.Errorf("handoff: Config.Records %d: must be a power of two", c.Records)
	case len(memory) < p.end || !aligned(memory):
		return nil, fmt.Errorf("handoff: %d bytes of memory: need %d, aligned to %d", len(memory), p.end, cacheLine)
	}
	clear(memory[:p.end])
	r := &Region{memory: memory[:p.end], now: c.Now, layout: view(memory)}
	l := r.layout
	l.in, l.out, l.maxFrames = uint32(c.In), uint32(c.Out), uint32(c.MaxFrames)
	l.onMiss, l.records, l.stride = uint32(c.OnMiss), uint32(c.Records), uint32(p.stride)
	l.inAt, l.outAt, l.lastAt, l.recordsAt = uint32(p.in), uint32(p.out), uint32(p.last), uint32(p.records)
	l.period, l.budget, l.least = c.Period, c.Budget, c.Least
	l.magic, l.version = magic, version
	r.inputs = r.channels(p.in, c.In)
	r.outputs = r.channels(p.out, c.Out)
	r.lasts = r.channels(p.last, c.Out)
	r.ring = recordsIn(memory, p.records, c.Records)
	if c.Portable || runtime.GOOS != "linux" {
		r.posting, r.finishing = portableWaiter(c.Now), portableWaiter(c.Now)
	}
	return r, nil
}

func (r *Region) channels(at, n int) [][]float32 {
	all := make([][]float32, n)
	for c := range all {
		all[c] = samples(r.memory, at+c*int(r.stride), int(r.maxFrames))
	}
	return all
}

// SetDeadline changes Config.Budget and Least. The driver must be at rest.
func (r *Region) SetDeadline(budget, least int64) { r.budget, r.least = budget, least }

// Gate lets blocks through or not, from the driver's next cycle on.
func (r *Region) Gate(state uint32) { r.gate.Store(state) }

// Idle reports whether the worker holds no block.
func (r *Region) Idle() bool { return atomics.Load32(&r.done) == atomics.Load32(&r.posted) }

// Reformat has the next block marked Changed.
func (r *Region) Reformat() { r.reformat.Add(1) }

// Counters are the driver's.
type Counters struct{ Cycles, Misses, Late, XrunsIn, XrunsOut, Unrecorded uint64 }

// Counters reads them, each exactly, one after another.
func (r *Region) Counters() Counters {
	return Counters{
		r.cycles.Load(), r.misses.Load(), r.late.Load(),
		r.xrunsIn.Load(), r.xrunsOut.Load(), r.unrecorded.Load(),
	}
}

// Drain calls f with each record that the driver has written since the last
// Drain. One goroutine at a time may call it.
func (r *Region) Drain(f func(*Record)) {
	head, tail := r.head.Load(), r.tail.Load()
	for ; tail != head; tail++ {
		f(&r.ring[tail&uint64(len(r.ring)-1)])
		r.tail.Store(tail + 1)
	}
}
