package audio

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/audio/internal/heaproom"
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/ring"
)

// local is a stream in this process.
type local struct {
	cfg       Config
	sys       *system
	processor Processor
	from      backend.Backend // of the device, nil offline
	input     *input          // another device for the input, or nil

	memory   *arena.Arena
	region   *handoff.Region
	engine   engine
	blockLog *ring.Consumer[blockRecord]
	events   eventQueues
	notices  *ring.Consumer[Event]
	process  processCounter

	rendered int64 // frames, offline
	offline  int64 // the time that they stand for, in ns

	mu     sync.Mutex // of what follows, which another device changes
	grants Spec
	extent extent
	info   backend.Info
	device backend.Stream // nil offline and while there is none

	// Of the goroutine that starts, stops and looks after the stream.
	end    context.CancelFunc
	done   chan struct{} // closed when the thread has ended; nil when there is none
	stuck  bool          // Stop has given up waiting for it
	spareP bool          // there for the thread
	roomy  bool          // the collector has room for the stream
	gate   uint32        // of the region, as it was set last
	retry  backoff

	beat int64 // of the thread: when it stepped last

	thread     atomic.Pointer[thread]
	entered    atomic.Bool
	ended      atomic.Pointer[error] // how the thread has ended, without being told
	failure    atomic.Pointer[error] // of the device, seen by the thread or by the last attempt to reopen it
	reconnects atomic.Uint64
	blocking   backend.Cycle
}

// eventQueues lead to the inbox.
type eventQueues struct{ immediate, scheduled *ring.Producer[Event] }

// threadName names the loop that calls Process.
const threadName = "audio"

// ringRecords is how many records the two rings hold: five seconds of 64 frames at
// 48 kHz, 512 KiB.
const ringRecords = 4096

func openLocal(c Config, p Processor, sys *system) (*local, error) {
	var in *input
	if c.Input != nil {
		var err error
		if in, c, p, err = openInput(c, p, sys); err != nil {
			return nil, err
		}
	}
	l := &local{cfg: c, sys: sys, processor: p, input: in}
	returned := false
	defer func() {
		if !returned { // Prepare has panicked
			_ = l.close()
		}
	}()
	err := l.openDevice()
	if err == nil {
		err = l.prepare()
	}
	returned = true
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// prepare prepares the Processor and lays out the memory.
func (l *local) prepare() error {
	if err := l.prepareProcessor(); err != nil {
		return err
	}
	e := &l.engine
	e.processor, e.now = l.processor, l.sys.now
	e.marker.threadMonitor = l.sys.monitor()
	e.inline = e.process
	e.block.In, e.block.Out = make([][]float32, l.info.In), make([][]float32, l.info.Out)
	e.inbox = newInbox(l.cfg.Queue)
	if err := l.layOut(); err != nil {
		return err
	}
	e.worker, e.inlineDriver = l.region.Worker(), l.region.Driver()
	e.marker.keepsP = l.cfg.Mode == Handoff && l.device != nil && l.region.KeepsP()
	if l.device == nil {
		return nil
	}
	return l.device.Bind(l.sink())
}

// prepareProcessor prepares it for the device. MaxFrames stays as it was first.
func (l *local) prepareProcessor() error {
	if l.grants.MaxFrames == 0 {
		l.grants = Spec{MaxFrames: l.info.MaxFrames, In: l.info.In, Out: l.info.Out}
	}
	l.grants.Rate = l.info.Rate
	if err := l.processor.Prepare(l.grants); err != nil {
		return errkind.Wrapf(err, "audio", "audio: Prepare")
	}
	var err error
	l.extent, err = extentOf(l.processor)
	l.engine.frame = 1e9 / l.info.Rate
	return err
}

// layOut places the region, the queues and the scratch memory in one arena.
func (l *local) layOut() error {
	period := period(l.info.Frames, l.info.Rate)
	shape := handoff.Config{
		In: l.info.In, Out: l.info.Out, MaxFrames: l.info.MaxFrames,
		Period: period,
		OnMiss: int(l.cfg.OnMiss), Records: ringRecords, Now: l.sys.now, Portable: l.sys.portable || l.info.InGo,
	}
	shape.Budget = period // until the thread is known
	if l.device == nil {
		shape.Now = func() int64 { return l.offline } // nothing is ever late
	}
	sizes := []int{
		shape.Size(), ring.SPSCSize[blockRecord](ringRecords),
		ring.SPSCSize[Event](l.cfg.Queue), ring.SPSCSize[Event](l.cfg.Queue), ring.SPSCSize[Event](l.cfg.Queue), l.cfg.ScratchBytes,
	}
	total := 0
	for _, n := range sizes {
		total += pageUp(n)
	}
	var err error
	if l.memory, err = arena.New(arena.Config{Size: total, Name: "audio"}); err != nil {
		return err
	}
	rest := l.memory.Bytes()
	next := func() []byte {
		n := sizes[0]
		part := rest[:n:n]
		rest, sizes = rest[pageUp(n):], sizes[1:]
		return part
	}
	if l.region, err = handoff.New(next(), shape); err != nil {
		return err
	}
	e := &l.engine
	if e.blockLog, l.blockLog, err = queue[blockRecord](next(), ringRecords); err != nil {
		return err
	}
	if l.events.immediate, e.inbox.immediate, err = queue[Event](next(), l.cfg.Queue); err != nil {
		return err
	}
	if l.events.scheduled, e.inbox.scheduled, err = queue[Event](next(), l.cfg.Queue); err != nil {
		return err
	}
	if e.block.notify.to, l.notices, err = queue[Event](next(), l.cfg.Queue); err != nil {
		return err
	}
	e.block.notify.lost = &e.counted.notifyLost
	e.block.Scratch, err = pool.NewFrame(next())
	return err
}

func pageUp(n int) int { return (n + 4095) &^ 4095 }

func queue[T any](region []byte, capacity int) (*ring.Producer[T], *ring.Consumer[T], error) {
	q, err := ring.CreateSPSC[T](region, capacity)
	if err != nil {
		return nil, nil, err
	}
	p, err := q.Producer()
	if err != nil {
		return nil, nil, err
	}
	c, err := q.Consumer()
	return p, c, err
}

// direct is the engine's cycle on a thread of the device's. It locks the goroutine to
// that thread, as flushDenormals asks: a callback from C stays on its thread without it,
// but threads that the runtime starts from there would have the same control register.
// From a locked goroutine the runtime has another thread start them.
//
// Cost: O(frames) and Process. Allocates: once for a thread. Blocks: as Process does. Caller: the device's thread.
func (l *local) direct(c *backend.Cycle) {
	runtime.LockOSThread()
	if l.engine.marker.fresh {
		l.engine.runner.Store(goroutine())
	}
	l.engine.cycle(c)
	runtime.UnlockOSThread()
}

// sink is what the device calls in this mode.
func (l *local) sink() backend.Sink {
	switch l.cfg.Mode {
	case Handoff:
		return backend.Sink{Region: l.region, Now: l.sys.now}
	case Direct:
		return backend.Sink{Region: l.region, Cycle: l.direct, Now: l.sys.now}
	default:
		return backend.Sink{Blocking: true, Now: l.sys.now}
	}
}

// close gives everything back. Memory that a stuck Process may still write is
// kept until it returns.
func (l *local) close() error {
	var err error
	if l.device != nil {
		err = l.device.Close()
		if errors.Is(err, backend.ErrGone) {
			err = nil // there is nothing that could be given back
		}
		if err != nil {
			return err // and keep the memory: its thread may not be outside
		}
	}
	if l.input != nil {
		err = errors.Join(err, l.input.local.close())
	}
	if l.done != nil {
		go func() {
			<-l.done
			l.removeP()
			_ = l.release()
		}()
		return err
	}
	return errors.Join(err, l.release())
}

// release gives the memory back.
func (l *local) release() (err error) {
	if l.input != nil {
		err = l.input.bridged.forget()
	}
	if l.memory != nil {
		err = errors.Join(err, l.memory.Close())
	}
	return err
}

func (l *local) spec() Spec {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.grants
	if l.input != nil {
		s.In = l.input.bridged.channels
	}
	return s
}

func (l *local) frames() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info.Frames
}

func (l *local) granted() rt.Granted {
	g := noThread
	if t := l.thread.Load(); t != nil {
		g = (*t).Granted()
	}
	return l.lacking(g)
}

// lacking adds what the stream lacks, apart from its thread.
func (l *local) lacking(g rt.Granted) rt.Granted {
	g.Missing = slices.Clone(g.Missing)
	if l.thread.Load() != nil && !l.sys.isolated && g.Mode != rt.Strict {
		g.Missing = append(g.Missing, inProcess(heaproom.Given()))
	}
	if l.deviceInGo() {
		g.Missing = append(g.Missing, inGo)
	}
	return g
}

// deviceInGo reports whether the device's thread runs Go.
func (l *local) deviceInGo() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info.InGo
}

// inProcess is what a stream in an ordinary process lacks, where its collector has so
// many bytes of room.
func inProcess(room int) string {
	rarer := ""
	if room >= 1<<20 {
		rarer = fmt.Sprintf(", rarer by %d MiB of garbage (HeapRoom),", room>>20)
	}
	return "a process of its own: the goroutines of this one can take the P of Process, and its collections" + rarer + " stop the world; declare the Processor (audio.Declare)"
}

// inGo is what a stream lacks whose device calls Go.
const inGo = "a device's thread without Go: PortAudio's callback is in Go here and waits for a P, among busy goroutines for up to 10 ms each, before a substitute could be played"

// condition is how the stream is, but for a device that only has stopped calling.
func (l *local) condition() condition {
	if err := l.engine.err(); err != nil {
		return condition{Failed, err}
	}
	if err := l.ended.Load(); err != nil {
		return condition{Failed, *err}
	}
	if began := l.engine.began.Load(); began != 0 && l.sys.now()-began > l.patience() {
		return condition{Stuck, fmt.Errorf("%w; it was called %v ago", ErrStuck, time.Duration(l.sys.now()-began).Round(time.Millisecond))}
	}
	if err := l.deviceErr(); err != nil {
		return condition{Lost, err}
	}
	if l.input != nil {
		if c := l.input.condition(); c.State != Running {
			return condition{c.State, &inputError{c.Err}}
		}
		if l.input.stalled.Load() {
			return condition{Stalled, &inputError{ErrStalled}}
		}
	}
	return condition{Running, nil}
}

// patience is how long the device may go without a cycle, and Process without a
// return, in ns.
func (l *local) patience() int64 {
	return max(int64(l.cfg.Stall), stallPeriods*period(l.frames(), l.spec().Rate))
}

// deviceErr returns the error that ended the device, or nil.
func (l *local) deviceErr() error {
	if err := l.failure.Load(); err != nil {
		return *err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.device == nil {
		return nil
	}
	return l.device.Err()
}

// calledByProcess reports whether the caller is Process.
func (l *local) calledByProcess() bool {
	return l.engine.began.Load() != 0 && l.engine.runner.Load() == goroutine()
}

func (l *local) drain(cycle func(*handoff.Record), block func(blockRecord)) {
	if l.input != nil {
		l.input.drain(func(*handoff.Record) {}, func(blockRecord) {})
	}
	l.region.Drain(cycle)
	l.blockLog.HandOver()
	l.mu.Lock()
	gone := l.device == nil
	l.mu.Unlock()
	for r, ok := l.blockLog.Pop(); ok; r, ok = l.blockLog.Pop() {
		if gone {
			r.Wake = 0
		}
		block(r)
	}
}

func (l *local) cycles() (n uint64, at int64) { return l.region.Counters().Cycles, l.sys.now() }

func (l *local) count(s *Stats) {
	d, e := l.region.Counters(), &l.engine.counted
	s.Callbacks, s.Misses, s.Late = d.Cycles, d.Misses, d.Late
	s.XrunsIn, s.XrunsOut = d.XrunsIn, d.XrunsOut
	s.Unrecorded = d.Unrecorded + e.unlogged.Load()
	s.Blocks = e.blocks.Load()
	s.BadIn, s.BadOut = e.badIn.Load(), e.badOut.Load()
	s.DenormalIn, s.DenormalOut = e.denormalIn.Load(), e.denormalOut.Load()
	s.EventsLate, s.EventsDelayed, s.NotifyLost = l.engine.inbox.late.Load(), l.engine.inbox.delayed.Load(), e.notifyLost.Load()
	s.Reconnects = l.reconnects.Load()
	if l.engine.err() != nil {
		s.Panics = 1
	}
	s.Allocs, s.Faults, s.LostP, s.Stops = e.allocated.Load(), e.faulted.Load(), e.lostP.Load(), e.stopped.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Latency = Latency{
		Input: framesIn(l.info.InLatency, l.info.Rate), Output: framesIn(l.info.OutLatency, l.info.Rate),
		Processor: l.extent.latency,
	}
	if l.input != nil {
		l.input.addTo(s)
	}
	c := l.process.read()
	s.ProcessAllocs, s.Pauses = c.allocs, c.pauses
}

func (l *local) queues() eventQueues { return l.events }
