package audio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/audio/internal/heaproom"
)

func (l *local) start() error {
	if l.input == nil {
		return l.startAlone()
	}
	if l.stuck && !l.returned() {
		return ErrStuck
	}
	if err := l.input.begin(l.info.Rate, l.info.Frames); err != nil {
		return err
	}
	if err := l.startAlone(); err != nil {
		return errors.Join(err, l.input.stop())
	}
	return nil
}

// startAlone starts the stream without its input device.
func (l *local) startAlone() error {
	if l.stuck && !l.returned() {
		return ErrStuck
	}
	l.engine.clearFailure()
	l.ended.Store(nil)
	l.retry = backoff{}
	if l.deviceErr() != nil || l.device == nil {
		if err := l.replaceDevice(); err != nil {
			return err
		}
	}
	l.engine.worker.Discard()
	l.setGate(handoff.Open)
	l.engine.shared.apply() // Reset jumps there
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

// replaceDevice opens the device again before a Start, when it has ended meanwhile.
func (l *local) replaceDevice() error {
	l.dropDevice()
	l.failure.Store(nil)
	rate, maxFrames := l.info.Rate, l.grants.MaxFrames
	if err := l.openDevice(); err != nil {
		return err
	}
	if l.info.MaxFrames > maxFrames {
		return fmt.Errorf("audio: the device now has blocks of up to %d frames, the Processor is prepared for %d; open the stream again", l.info.MaxFrames, maxFrames)
	}
	if l.info.Rate != rate {
		if err := l.prepareRate(l.info.Rate); err != nil {
			return err
		}
	}
	return l.device.Bind(l.sink())
}

// returned reports whether a thread that Stop gave up has ended since.
func (l *local) returned() bool {
	select {
	case <-l.done:
		l.done, l.stuck = nil, false
		l.removeP()
		return true
	default:
		return false
	}
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
		l.addRoom()
		return nil
	}
	priority := l.cfg.Priority
	fill(&priority, l.info.Priority)
	fill(&priority, defaultPriority)
	ns := period(l.info.Frames, l.info.Rate)
	c := rt.LoopConfig{Name: threadName, Period: time.Duration(ns), Policy: rt.FIFO(priority), Trigger: l.posted}
	step := l.serve
	switch {
	case l.cfg.Mode == Blocking:
		c.Trigger, step = l.ready, l.readAndWrite()
	case !l.region.KeepsP():
		c.Trigger, step = l.ready, l.awaitAndServe
	}
	t, err := l.sys.thread(c, l.modes())
	if err != nil {
		return err
	}
	l.engine.pinned = t.Granted().Mode == rt.Strict
	l.region.SetDeadline(l.cfg.deadline(ns, l.info.Periods, !l.engine.pinned && !l.sys.isolated && l.cfg.Backend != Sim))
	l.thread.Store(&t)
	l.follow()
	if t.Granted().Mode != rt.Strict { // a pinned thread belongs to a program prepared by rt.Setup
		l.addP()
		l.addRoom()
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	l.end, l.done = end, done
	l.entered.Store(false)
	go l.run(ctx, t, step, done)
	for l.cfg.Mode == Handoff && !l.entered.Load() {
		select {
		case <-done:
			l.done = nil
			l.removeP()
			l.removeRoom()
			return l.endedWith()
		case <-time.After(50 * time.Microsecond):
		}
	}
	return nil
}

// run is the stream's thread. Also a Process that calls runtime.Goexit ends it.
func (l *local) run(ctx context.Context, t thread, step func(*rt.Tick) error, done chan struct{}) {
	l.engine.runner.Store(goroutine())
	err := ErrExited
	defer func() {
		if ctx.Err() == nil && err != nil && l.failure.Load() == nil {
			l.ended.Store(&err)
		}
		close(done)
	}()
	err = t.Run(ctx, step)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
}

// endedWith is how the thread has ended without being told.
func (l *local) endedWith() error {
	if err := l.ended.Load(); err != nil {
		return *err
	}
	return nil
}

// follow has the device's thread run on the CPU of the stream's, where that has one
// to itself.
func (l *local) follow() {
	f, ok := l.device.(backend.Follower)
	t := l.thread.Load()
	if !ok || t == nil {
		return
	}
	if cpu, named := (*t).Granted().CPU.Number(); named {
		f.Follow(cpu)
	}
}

// addP gives an ordinary program one P more for the thread: it keeps one, also while
// it waits.
func (l *local) addP() {
	if l.sharesProcess() && l.cfg.Mode == Handoff {
		l.spareP = true
		addP()
	}
}

// sharesProcess reports whether the stream plays among other goroutines. Sim has two
// threads and no sound to protect.
func (l *local) sharesProcess() bool { return !l.sys.isolated && l.cfg.Backend != Sim }

func (l *local) removeP() {
	if l.spareP {
		l.spareP = false
		removeP()
	}
}

// addRoom has the collector of an ordinary program run less often.
func (l *local) addRoom() {
	if l.sharesProcess() && l.cfg.HeapRoom > 0 && !l.roomy {
		l.roomy = true
		heaproom.Add(l.cfg.HeapRoom)
	}
}

func (l *local) removeRoom() {
	if l.roomy {
		l.roomy = false
		heaproom.Remove(l.cfg.HeapRoom)
	}
}

// serve processes the block that was posted, if one was.
//
// Cost: O(frames) and Process. Allocates: no. Blocks: as Process does. Caller: the stream's thread.
//
//rt:nonallocating
func (l *local) serve(*rt.Tick) error {
	if l.engine.worker.Pending() {
		l.engine.serve()
	}
	return nil
}

// awaitAndServe is serve for a region whose waits park the goroutine: a loop is pinned
// in its Trigger, and not in its step.
//
// Cost: O(frames) and Process. Allocates: once, for a timer. Blocks: for 10 ms at most, and as Process does. Caller: the stream's thread.
//
//rt:nonallocating
func (l *local) awaitAndServe(*rt.Tick) error {
	if _, ok := l.engine.worker.Posted(l.sys.now() + parkedFor); ok {
		l.engine.serve()
	}
	return nil
}

// parkedFor is how long a step waits for a block, in ns: as long as rt.Loop lets a
// Trigger wait.
const parkedFor = int64(10 * time.Millisecond)

// modes are what the thread may be, in the order of preference.
func (l *local) modes() []rt.Mode {
	switch {
	case l.cfg.Pinned:
		return held
	case l.sys.isolated && !l.info.InGo:
		return preferred
	}
	return contained // also where both threads of the exchange must be able to wait in Go
}

// posted waits for the next block. The flag is stored rather than sent, because a
// goroutine that a pinned one wakes may starve.
//
// Nothing may be called after the wait, not even for the time: a prologue under the
// pin drops the request of whoever stops the world, who then waits for this thread
// for as long as it runs (see rt.Trigger).
//
// Cost: O(1). Allocates: no. Blocks: until the time at most. Caller: the stream's thread.
//
//rt:nonallocating
func (l *local) posted(until int64) (int64, bool) {
	l.entered.Store(true)
	due, ok := l.engine.worker.Posted(until)
	if ok {
		l.beat = due
	} else if l.sys.isolated && until-l.beat > beatEvery {
		l.beat = until
		return until, true
	}
	return due, ok
}

// beatEvery is how often a thread that no device calls steps all the same, in ns: the
// isolate's parent takes one that does not step for hung.
const beatEvery = int64(100 * time.Millisecond)

// ready lets a stream go on at once whose step waits.
func (l *local) ready(int64) (int64, bool) {
	l.entered.Store(true)
	return l.sys.now(), l.cfg.Mode != Blocking || l.failure.Load() == nil
}

// readAndWrite is the step of a Blocking stream.
func (l *local) readAndWrite() func(*rt.Tick) error {
	blocker, ok := l.device.(backend.Blocker)
	c := &l.blocking
	*c = backend.Cycle{In: buffers(l.info.In, l.info.MaxFrames), Out: buffers(l.info.Out, l.info.MaxFrames)}
	return func(*rt.Tick) error {
		if !ok {
			//rt:allow ML601 reason="the stream ends"
			return errors.New("audio: the backend has no Blocking mode")
		}
		err := blocker.Read(c)
		if err == nil {
			l.engine.cycle(c)
			err = blocker.Write(c)
		}
		if err != nil {
			//rt:allow ML601 reason="the stream ends"
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
func (l *local) stop() (err error) {
	if l.input != nil {
		err = l.input.stop()
	}
	return errors.Join(err, l.stopAlone())
}

func (l *local) stopAlone() error {
	if l.cfg.Mode == Blocking {
		return errors.Join(l.stopThread(), l.stopDevice())
	}
	return errors.Join(l.stopDevice(), l.stopThread())
}

// stopDevice stops a device that is there. One that has gone has stopped.
func (l *local) stopDevice() error {
	if l.device == nil {
		return nil
	}
	if err := l.device.Stop(); err != nil && !errors.Is(err, backend.ErrGone) {
		return err
	}
	return nil
}

func (l *local) stopThread() error {
	l.removeRoom()
	if l.done == nil {
		return nil
	}
	l.end()
	l.region.Rouse()
	select {
	case <-l.done:
		l.done = nil
		l.removeP()
		return nil // how it ended by itself is told by Err
	case <-time.After(stopPatience):
		l.stuck = true
		return ErrStuck
	}
}
