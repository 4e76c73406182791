package rt

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/memkit-go/memkit/rt/record"
)

// errContext ends the cycle when the context has ended.
var errContext = errors.New("rt: context ended")

// Run calls step once a period on the calling goroutine, the first time one
// period from now, until ctx ends, step returns an error or the policy Stop
// meets an overrun. It returns context.Cause(ctx), nil for a step that returned
// [ErrStop], or the error. Before it returns, the thread is as it was.
//
// A context that ends is seen at the next activation. In Strict, step must not
// block, sleep, yield, contend for a mutex with ordinary goroutines or make
// system calls that give up the P: see the package's documentation.
func (l *Loop) Run(ctx context.Context, step func(*Tick) error) (err error) {
	if step == nil {
		return &ConfigError{"Run's step", "nil", "there is nothing to call", "give a func(*rt.Tick) error"}
	}
	if !l.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer l.running.Store(false)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if l.granted.Mode == Strict {
		if err := l.process.enter(); err != nil {
			return err
		}
		defer l.process.leave()
	}
	t, err := occupy(l.sys, l.granted)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.release()) }()
	l.timer = t.timer
	l.counted.reset()
	l.stop.Store(false)
	defer context.AfterFunc(ctx, func() { l.stop.Store(true) })()
	defer l.unpin()
	l.settle()
	defer l.measureThread()()
	switch err := l.cycle(step); {
	case errors.Is(err, errContext):
		return context.Cause(ctx)
	case errors.Is(err, ErrStop):
		return nil
	default:
		return err
	}
}

// measureThread counts what the kernel says of the thread until the function
// that it returns is called.
func (l *Loop) measureThread() (done func()) {
	before, err := l.sys.threadUsage()
	if err != nil {
		return func() {}
	}
	return func() {
		if after, err := l.sys.threadUsage(); err == nil {
			l.counted.add(after.minus(before))
		}
	}
}

// settle makes the last preparations: the stack is grown first, to keep its
// copying and its page faults out of the first ticks, and the pin comes last.
func (l *Loop) settle() {
	growStack()
	if !l.granted.Pinned {
		return
	}
	l.queue.arrived(l.process.settle(), never)
	l.pin()
}

// pin keeps the goroutine on its P, whose number it returns.
func (l *Loop) pin() (p int) {
	l.pinned = true
	l.process.pinned.Add(1)
	return l.sys.pin()
}

// unpin is harmless on a loop that is not pinned.
func (l *Loop) unpin() {
	if l.pinned {
		l.sys.unpin()
		l.process.pinned.Add(-1)
		l.pinned = false
	}
}

// growStack touches 64 KiB of stack, more than a step should need.
//
//go:noinline
func growStack() (sum byte) {
	var frame [64 << 10]byte
	for i := 0; i < len(frame); i += 512 {
		frame[i] = byte(i)
	}
	for i := 0; i < len(frame); i += 512 {
		sum += frame[i]
	}
	return sum
}

// cycle is the loop itself. Between two sleeps it reads the clock twice and
// otherwise only memory.
func (l *Loop) cycle(step func(*Tick) error) error {
	s, t, period := l.sys, &l.tick, int64(l.cfg.Period)
	due := s.now() + period
	late := record.Unattributed
	l.request = request{first: never, last: never}
	p := -1
	if l.pinned {
		p = s.pin()
		s.unpin()
	}
	*t = Tick{Intended: due}
	for {
		cause, errno := l.wait(due)
		if errno != 0 {
			return fmt.Errorf("rt: %s: waiting for the activation: %w", l.cfg.Name, errno)
		}
		t.Now = s.now()
		if l.stop.Load() {
			return errContext
		}
		t.Deadline = due + period
		l.observe(t.Now-due, late|cause)
		if err := step(t); err != nil {
			return err
		}
		if l.pinned {
			p = l.keepP(p)
			if s.marking() || l.request.standing(t.Now, int64(l.cfg.StopWait), period) {
				p = l.pass()
			}
			if l.process.renewal.Load() != nil || l.queue.doubt && l.queue.leave(s, t.Now) {
				p = l.moveOut()
			}
		}
		end := s.now()
		next, skipped, missed := l.cfg.Overrun.after(due, end, period)
		late = record.Unattributed
		if missed > 0 {
			l.request.seen = true
			if l.overran(skipped, missed) {
				return fmt.Errorf("rt: %s: period %d ended %d ns after its deadline: %w", l.cfg.Name, t.Index, end-t.Deadline, ErrOverrun)
			}
			if next < end {
				late = record.Overrun
			}
		}
		due = next
		t.Index += 1 + skipped
		t.Intended, t.Skipped = due, skipped
	}
}

// wait returns when the clock has reached due, with the cause of an
// interruption if there was one.
//
// Cost: O(1). Allocates: no. Blocks: yes. Caller: owner.
//
//rt:nonallocating
func (l *Loop) wait(due int64) (record.Cause, syscall.Errno) {
	cause := record.Unattributed
	until := due - int64(l.cfg.Wake.Margin())
	for {
		errno := l.sleep(until)
		if errno == 0 {
			break
		}
		if errno != syscall.EINTR {
			return cause, errno
		}
		l.counted.interrupted.Add(1)
		cause = record.Interrupted
	}
	if l.cfg.Wake > 0 {
		for l.sys.now() < due {
			l.sys.relax(spinHints)
		}
	}
	return cause, 0
}

// spinHints is how many spin-wait hints a Hybrid wake executes between two looks
// at the clock: few, because it is late by as much as they take.
const spinHints = 1

// sleep sleeps by the granted method.
//
// Cost: O(1). Allocates: no. Blocks: yes. Caller: owner.
//
//rt:nonallocating
func (l *Loop) sleep(until int64) (errno syscall.Errno) {
	switch {
	case !l.pinned && l.timer < 0:
		return l.sys.sleep(until)
	case !l.pinned:
		return l.sys.timerWait(l.timer, until)
	case l.timer < 0:
		errno = l.sys.sleepRaw(until)
	default:
		errno = l.sys.timerRaw(l.timer, until)
	}
	if l.sys.asked() { // before anything with a prologue
		l.request.seen = true
	}
	return errno
}

// observe counts a tick and records its wake latency.
//
// Cost: O(log Top). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Loop) observe(latency int64, cause record.Cause) {
	c := &l.counted
	c.ticks.Store(c.ticks.Load() + 1)
	if latency > c.maxLatency.Load() {
		c.maxLatency.Store(latency)
	}
	if l.cfg.beat != nil {
		l.cfg.beat.Store(l.tick.Now)
	}
	if l.cfg.Recorder != nil {
		l.cfg.Recorder.RecordCause(latency, cause)
	}
}

// overran counts an overrun and reports whether it ends the loop.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Loop) overran(skipped, missed int64) (end bool) {
	l.counted.overruns.Add(1)
	l.counted.skipped.Add(skipped)
	l.counted.missed.Add(missed)
	return l.cfg.Overrun == Stop
}

// keepP counts a P lost since the loop held p, and returns the one it holds.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Loop) keepP(p int) int {
	now := l.sys.pin()
	l.sys.unpin()
	if now != p {
		l.counted.lostP.Add(1)
		l.queue.doubt = true
	}
	return now
}

// pass lets a stop-the-world or a collection pass and returns the P held then.
//
// Cost: O(1). Allocates: no. Blocks: while the world is stopped. Caller: owner.
//
//rt:nonallocating
func (l *Loop) pass() int {
	start := l.sys.now()
	p := l.sys.pass(l.sys.marking())
	if l.sys.now()-start > int64(keptP) {
		l.counted.stops.Add(1)
		l.queue.doubt, l.queue.stopped = true, true
	}
	return p
}

// moveOut moves to an empty P and returns it.
func (l *Loop) moveOut() (p int) {
	l.unpin()
	l.queue.arrived(l.process.settle(), l.sys.now())
	l.counted.evacuations.Add(1)
	return l.pin()
}
