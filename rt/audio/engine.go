package audio

import (
	"runtime/debug"
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/ring"
)

// engine is the path of a block through the Processor, the same in every mode and
// for every backend. One thread at a time runs it.
type engine struct {
	processor Processor
	now       func() int64
	pinned    bool    // a panic must not be recovered
	frame     float64 // ns

	worker       *handoff.Worker
	inlineDriver *handoff.Driver // the device's half where it runs on the same thread
	current      handoff.Block
	inline       func() // process, as a value made once
	block        Block
	inbox        inbox
	blockLog     *ring.Producer[blockRecord]
	marker       marker
	failed       bool
	returned     bool // the last call of Process has
	shared       paramReader

	counted engineCounters
	began   atomic.Int64 // when Process was called that has not returned, else 0
	runner  atomic.Int64 // the goroutine that calls Process
	failure atomic.Pointer[error]
}

// engineCounters are written by the engine's thread and read by any.
type engineCounters struct {
	blocks, badIn, badOut, denormalIn, denormalOut, notifyLost, unlogged atomic.Uint64

	allocated, faulted, lostP, stopped atomic.Uint64 // blocks with these marks
}

// blockRecord is one block as the engine saw it.
type blockRecord struct {
	// Wake is from the hand-over to the start, Exec the time in Process, Span the
	// block's length in ns.
	Wake, Exec, Span int64
	Frame            int64
	N                uint32
	Marks            Marks
	Faults, Over     uint32 // as in Processed
}

// handOver lets another thread run the engine from now on.
func (e *engine) handOver() {
	e.marker.fresh = true
	e.inbox.handOver()
	e.block.Scratch.HandOver()
	e.block.notify.to.HandOver()
	e.blockLog.HandOver()
}

// serve processes the block that was posted.
//
// Cost: O(frames) and Process. Allocates: no. Blocks: as Process does. Caller: the stream's thread.
//
//rt:nonallocating
func (e *engine) serve() {
	e.worker.Accept(&e.current)
	e.process()
	e.worker.Done()
}

// cycle processes one cycle on the device's thread.
//
// Cost: O(frames) and Process. Allocates: no. Blocks: as Process does. Caller: the device's thread.
//
//rt:nonallocating
func (e *engine) cycle(c *backend.Cycle) {
	//rt:allow ML610 reason="e.inline is contained, which has a contract"
	e.inlineDriver.Inline(c, e.worker, &e.current, e.inline)
}

// process takes e.current through the Processor. Every sample that goes in or comes
// out is a normal number or 0.
//
// Cost: O(frames) and Process. Allocates: no. Blocks: as Process does. Caller: the engine's thread.
//
//rt:nonallocating
func (e *engine) process() {
	start := e.now()
	e.marker.begin()
	t, b := &e.current, &e.block
	for i := range b.In {
		b.In[i] = t.In[i][:t.N]
		count(b.In[i], &e.counted.badIn, &e.counted.denormalIn)
	}
	for i := range b.Out {
		b.Out[i] = t.Out[i][:t.N]
		clear(b.Out[i])
	}
	b.N, b.Frame, b.Flags = t.N, t.Frame, blockFlags(t.Flags)
	b.InTime, b.OutTime, b.Deadline, b.begin = t.InTime, t.OutTime, t.Deadline, t.Begin
	b.Scratch.Reset()
	before := flushDenormals()
	begin := e.now()
	e.began.Store(begin)
	b.Events = e.inbox.collect(t.Frame, t.N)
	e.shared.apply()
	switch {
	case e.failed:
	case e.pinned:
		e.processor.Process(b)
	default:
		e.contained()
	}
	end := e.now()
	e.began.Store(0)
	setFloatControl(before)
	for _, out := range t.Out {
		count(out[:t.N], &e.counted.badOut, &e.counted.denormalOut)
	}
	e.log(start-t.PostedAt, end-begin)
}

// count cleans samples and counts the ones that were not finite.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: the engine's thread.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(samples)
func count(samples []float32, bad, denormal *atomic.Uint64) {
	if b, d := clean(samples); b|d != 0 {
		bad.Add(b)
		denormal.Add(d)
	}
}

// blockFlags translates the exchange's flags.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the engine's thread.
//
//rt:nonblocking
//rt:nonallocating
func blockFlags(f uint32) (flags Flags) {
	if f&(handoff.XrunIn|handoff.XrunOut) != 0 {
		flags |= Xrun
	}
	if f&handoff.Gap != 0 {
		flags |= Gap
	}
	if f&handoff.Priming != 0 {
		flags |= Priming
	}
	if f&handoff.Changed != 0 {
		flags |= Changed
	}
	return flags
}

// contained calls Process and turns a panic, or the end of its goroutine, into
// silence.
//
// Cost: that of Process. Allocates: no. Blocks: as Process does. Caller: the engine's thread.
//
//rt:nonallocating
func (e *engine) contained() {
	e.returned = false
	defer e.contain()
	e.processor.Process(&e.block)
	e.returned = true
}

// contain is for after a panic, so it may allocate. After runtime.Goexit nothing
// follows it: it hands the block back itself.
//
//rt:allow ML601 reason="the Processor has panicked, and does not run again"
//rt:allow ML602 reason="the Processor has panicked, and does not run again"
func (e *engine) contain() {
	if e.returned {
		return
	}
	for _, out := range e.current.Out {
		clear(out)
	}
	if value := recover(); value != nil {
		e.fail(&PanicError{Value: value, Stack: string(debug.Stack()), Frame: e.block.Frame})
		return
	}
	e.fail(ErrExited)
	e.began.Store(0)
	e.worker.Done()
}

// fail ends the calls of Process until the next Start.
func (e *engine) fail(err error) {
	e.failed = true
	e.failure.Store(&err)
}

// clearFailure lets the next Start try again.
func (e *engine) clearFailure() {
	e.failed = false
	e.began.Store(0)
	e.failure.Store(nil)
}

// err is why Process is not called any more, or nil.
func (e *engine) err() error {
	if err := e.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// log counts the block and leaves its record.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the engine's thread.
//
//rt:nonblocking
//rt:nonallocating
func (e *engine) log(wake, exec int64) {
	t, c := &e.current, &e.counted
	r := blockRecord{Wake: wake, Exec: exec, Span: int64(float64(t.N) * e.frame), Frame: t.Frame, N: uint32(t.N)}
	e.marker.end(&r)
	c.blocks.Add(1)
	if r.Marks != 0 {
		c.mark(r.Marks)
	}
	if !e.blockLog.Push(r) {
		c.unlogged.Add(1)
	}
}

// mark counts a block with marks.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the engine's thread.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound four marks
func (c *engineCounters) mark(m Marks) {
	for bit, n := range [...]*atomic.Uint64{&c.allocated, &c.faulted, &c.lostP, &c.stopped} {
		if m&(1<<bit) != 0 {
			n.Add(1)
		}
	}
}
