package audio

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/ring"
)

// local is a stream in this process.
type local struct {
	cfg      Config
	sys      *system
	grants   Spec
	extent   extent
	info     backend.Info
	device   backend.Stream // nil offline
	memory   *arena.Arena
	region   *handoff.Region
	engine   engine
	blockLog *ring.Consumer[blockRecord]
	events   *ring.Producer[Event]
	notices  *ring.Consumer[Event]
	process  processCounter

	rendered int64 // frames, offline
	offline  int64 // the time that they stand for, in ns

	thread   atomic.Pointer[thread]
	end      context.CancelFunc
	done     chan error // of the thread; nil when it is not running
	stuck    bool
	entered  atomic.Bool
	failure  atomic.Pointer[error] // of the device, seen by the thread
	blocking backend.Cycle
}

// threadName names the loop that calls Process.
const threadName = "audio"

// ringRecords is how many records the two rings hold: five seconds of 64 frames at
// 48 kHz, 512 KiB.
const ringRecords = 4096

func openLocal(c Config, p Processor, sys *system) (*local, error) {
	l := &local{cfg: c, sys: sys}
	if err := l.openDevice(); err != nil {
		return nil, err
	}
	if err := l.prepare(p); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// openDevice finds and opens what the config names, and says what was granted.
func (l *local) openDevice() error {
	c := l.cfg
	if c.Backend == Offline {
		l.info = backend.Info{Rate: c.Rate, Frames: c.Frames, MaxFrames: c.Frames, In: c.In, Out: c.Out}
		return nil
	}
	from, err := c.open(l.sys)
	if err != nil {
		return err
	}
	found, err := from.Devices()
	if err != nil {
		return fmt.Errorf("audio: %s: listing devices: %w", from.Name(), err)
	}
	if len(found) == 0 {
		return ErrNoDevice
	}
	in, out, err := c.choose(found)
	if err != nil {
		return err
	}
	l.device, err = from.Open(backend.Request{
		InDevice: in, OutDevice: out, Rate: c.Rate, Frames: c.Frames, In: c.In, Out: c.Out,
		Mode: backend.Mode(c.Mode), Name: c.Name,
	})
	if err != nil {
		return fmt.Errorf("audio: %s: %w", from.Name(), err)
	}
	l.info = l.device.Info()
	if err := c.check(l.info); err != nil {
		return errors.Join(err, l.device.Close())
	}
	return nil
}

// open makes the backend.
func (c Config) open(sys *system) (backend.Backend, error) {
	if c.Backend == Sim {
		return &simBackend{sys: sys, cfg: c.Sim, pinned: c.Pinned}, nil
	}
	return sys.portAudio()
}

// check refuses a device that grants something else than was asked for.
func (c Config) check(got backend.Info) error {
	switch {
	case c.Rate != 0 && math.Abs(got.Rate-c.Rate) > c.Rate*rateTolerance:
		return &DeviceError{fmt.Sprintf("rate %g", c.Rate), fmt.Sprintf("the device runs at %g; set Config.Rate to that, or to 0", got.Rate)}
	case got.In != c.In:
		return &DeviceError{fmt.Sprintf("%d input channels", c.In), fmt.Sprintf("the device has opened %d", got.In)}
	case got.Out != c.Out:
		return &DeviceError{fmt.Sprintf("%d output channels", c.Out), fmt.Sprintf("the device has opened %d", got.Out)}
	case got.Frames <= 0 || got.MaxFrames < got.Frames || got.Rate <= 0:
		return fmt.Errorf("audio: the device granted %d frames, %d at most, at rate %g", got.Frames, got.MaxFrames, got.Rate)
	}
	return nil
}

// rateTolerance is how far a device may be from the rate it was asked for: clocks
// of sound cards are good to 100 ppm.
const rateTolerance = 1e-3

// prepare prepares the Processor and lays out the memory.
func (l *local) prepare(p Processor) error {
	l.grants = Spec{Rate: l.info.Rate, MaxFrames: l.info.MaxFrames, In: l.info.In, Out: l.info.Out}
	if err := p.Prepare(l.grants); err != nil {
		return fmt.Errorf("audio: Prepare: %w", err)
	}
	var err error
	if l.extent, err = extentOf(p); err != nil {
		return err
	}
	e := &l.engine
	e.processor, e.now = p, l.sys.now
	e.frame = 1e9 / l.info.Rate
	e.marker.monitor = l.sys.monitor()
	e.inline = e.process
	e.block.In, e.block.Out = make([][]float32, l.info.In), make([][]float32, l.info.Out)
	e.inbox.pending = make([]Event, 0, l.cfg.Queue)
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

// layOut places the region, the queues and the scratch memory in one arena.
func (l *local) layOut() error {
	period := period(l.info.Frames, l.info.Rate)
	shape := handoff.Config{
		In: l.info.In, Out: l.info.Out, MaxFrames: l.info.MaxFrames,
		Period: period, Budget: max(1, int64(float64(period)*l.cfg.Budget)),
		OnMiss: int(l.cfg.OnMiss), Records: ringRecords, Now: l.sys.now, Portable: l.sys.portable,
	}
	if l.device == nil {
		shape.Now = func() int64 { return l.offline } // nothing is ever late
	}
	sizes := []int{
		shape.Size(), ring.SPSCSize[blockRecord](ringRecords),
		ring.SPSCSize[Event](l.cfg.Queue), ring.SPSCSize[Event](l.cfg.Queue), l.cfg.ScratchBytes,
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
	if l.events, e.inbox.from, err = queue[Event](next(), l.cfg.Queue); err != nil {
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

// sink is what the device calls in this mode.
func (l *local) sink() backend.Sink {
	switch l.cfg.Mode {
	case Handoff:
		return backend.Sink{Region: l.region}
	case Direct:
		return backend.Sink{Cycle: l.engine.cycle}
	default:
		return backend.Sink{Blocking: true}
	}
}

func (l *local) start() error {
	if l.stuck {
		return ErrStuck
	}
	l.engine.worker.Discard()
	l.engine.processor.Reset()
	l.engine.handOver()
	if l.cfg.Mode == Blocking {
		// Here the thread calls the device.
		if err := l.startDevice(); err != nil {
			return err
		}
		if err := l.startThread(); err != nil {
			return errors.Join(err, l.device.Stop())
		}
		return nil
	}
	if err := l.startThread(); err != nil {
		return err
	}
	if err := l.startDevice(); err != nil {
		return errors.Join(err, l.stopThread())
	}
	return nil
}

func (l *local) startDevice() error {
	if err := l.device.Start(); err != nil {
		return fmt.Errorf("audio: starting the device: %w", err)
	}
	return nil
}

// startThread starts the thread that calls Process, where that is not the
// device's, and returns once it waits for the first block.
func (l *local) startThread() error {
	if l.cfg.Mode == Direct {
		return nil
	}
	priority := l.cfg.Priority
	fill(&priority, l.info.Priority)
	fill(&priority, defaultPriority)
	period := time.Duration(period(l.info.Frames, l.info.Rate))
	c := rt.LoopConfig{Name: threadName, Period: period, Policy: rt.FIFO(priority), Trigger: l.posted}
	step := func(*rt.Tick) error { l.engine.serve(); return nil }
	if l.cfg.Mode == Blocking {
		c.Trigger, step = l.ready, l.readAndWrite()
	}
	t, err := l.sys.thread(c, l.modes())
	if err != nil {
		return err
	}
	l.engine.pinned = t.Granted().Mode == rt.Strict
	l.thread.Store(&t)
	if f, ok := l.device.(backend.Follower); ok {
		if cpu, named := t.Granted().CPU.Number(); named {
			f.Follow(cpu)
		}
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	l.end, l.done = end, done
	l.entered.Store(false)
	go func() { done <- t.Run(ctx, step) }()
	for l.cfg.Mode == Handoff && !l.entered.Load() {
		select {
		case err := <-done:
			l.done = nil
			return err
		case <-time.After(50 * time.Microsecond):
		}
	}
	return nil
}

// modes are what the thread may be, in the order of preference.
func (l *local) modes() []rt.Mode {
	switch {
	case l.cfg.Pinned:
		return held
	case l.sys.isolated:
		return preferred
	}
	return contained
}

// posted waits for the next block. The flag is stored rather than sent, because a
// goroutine that a pinned one wakes may starve.
//
// Cost: O(1). Allocates: no. Blocks: until the time at most. Caller: the stream's thread.
//
//rt:nonallocating
func (l *local) posted(until int64) (int64, bool) {
	l.entered.Store(true)
	return l.engine.worker.Posted(until)
}

// ready lets a Blocking stream go on at once: it waits in Read.
func (l *local) ready(int64) (int64, bool) { return l.sys.now(), l.failure.Load() == nil }

// readAndWrite is the step of a Blocking stream.
func (l *local) readAndWrite() func(*rt.Tick) error {
	blocker, ok := l.device.(backend.Blocker)
	c := &l.blocking
	*c = backend.Cycle{In: buffers(l.info.In, l.info.MaxFrames), Out: buffers(l.info.Out, l.info.MaxFrames)}
	return func(*rt.Tick) error {
		if !ok {
			return errors.New("audio: the backend has no Blocking mode")
		}
		err := blocker.Read(c)
		if err == nil {
			l.engine.cycle(c)
			err = blocker.Write(c)
		}
		if err != nil {
			l.fail(err)
		}
		return err
	}
}

// fail keeps the device's error. It is apart so that err stays off the heap in a
// cycle without one.
func (l *local) fail(err error) { l.failure.Store(&err) }

// stopPatience is how long Stop waits for Process to return.
const stopPatience = time.Second

// stop ends the calls first, so that the device has no block in flight when the
// thread ends; in Blocking the thread is the one that calls.
func (l *local) stop() error {
	if l.cfg.Mode == Blocking {
		return errors.Join(l.stopThread(), l.device.Stop())
	}
	return errors.Join(l.device.Stop(), l.stopThread())
}

func (l *local) stopThread() error {
	if l.done == nil {
		return nil
	}
	l.end()
	l.region.Rouse()
	select {
	case err := <-l.done:
		l.done = nil
		if errors.Is(err, context.Canceled) || l.failure.Load() != nil {
			return nil // a failure of the device is told by Err
		}
		return err
	case <-time.After(stopPatience):
		l.stuck = true
		return ErrStuck
	}
}

// close gives everything back. Memory that a stuck Process may still write is
// kept until it returns.
func (l *local) close() error {
	var err error
	if l.device != nil {
		err = l.device.Close()
	}
	switch {
	case l.memory == nil:
	case l.done != nil:
		go func() {
			<-l.done
			l.memory.Close()
		}()
	default:
		err = errors.Join(err, l.memory.Close())
	}
	return err
}

func (l *local) spec() Spec { return l.grants }

func (l *local) frames() int { return l.info.Frames }

func (l *local) granted() rt.Granted {
	if t := l.thread.Load(); t != nil {
		return (*t).Granted()
	}
	return noThread
}

func (l *local) deviceErr() error {
	if err := l.failure.Load(); err != nil {
		return *err
	}
	return l.device.Err()
}

func (l *local) panicked() *PanicError { return l.engine.panicked.Load() }

func (l *local) drain(cycle func(*handoff.Record), block func(blockRecord)) {
	l.region.Drain(cycle)
	l.blockLog.HandOver()
	for r, ok := l.blockLog.Pop(); ok; r, ok = l.blockLog.Pop() {
		if l.device == nil {
			r.Wake = 0
		}
		block(r)
	}
}

func (l *local) cycles() uint64 { return l.region.Counters().Cycles }

func (l *local) count(s *Stats) {
	d, e := l.region.Counters(), &l.engine.counted
	s.Callbacks, s.Misses, s.Late = d.Cycles, d.Misses, d.Late
	s.XrunsIn, s.XrunsOut = d.XrunsIn, d.XrunsOut
	s.Unrecorded = d.Unrecorded + e.unlogged.Load()
	s.Blocks = e.blocks.Load()
	s.BadIn, s.BadOut = e.badIn.Load(), e.badOut.Load()
	s.DenormalIn, s.DenormalOut = e.denormalIn.Load(), e.denormalOut.Load()
	s.EventsLate, s.NotifyLost = l.engine.inbox.late.Load(), e.notifyLost.Load()
	if l.panicked() != nil {
		s.Panics = 1
	}
	s.Allocs, s.Faults, s.LostP, s.Stops = e.allocated.Load(), e.faulted.Load(), e.lostP.Load(), e.stopped.Load()
	s.Latency = Latency{
		Input: framesIn(l.info.InLatency, l.info.Rate), Output: framesIn(l.info.OutLatency, l.info.Rate),
		Processor: l.extent.latency,
	}
	c := l.process.read()
	s.ProcessAllocs, s.Pauses = c.allocs, c.pauses
}
