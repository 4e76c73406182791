package rt

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/internal/counters"
	"github.com/memkit-go/memkit/rt/record"
)

// errHalted ends the cycle of an isolate's loop when its parent has found the process
// crashing, while the runtime still writes stacks.
var errHalted = errors.New("rt: the process is ending")

// errContext ends the cycle when the context has ended.
var errContext = errors.New("rt: context ended")

// Run calls step once a period on the calling goroutine, the first time one period
// after the loop is prepared, which takes 3 to 90 ms, until ctx ends, step returns an error or the policy Stop
// meets an overrun. It returns context.Cause(ctx), nil for a step that returned
// [ErrStop], or the error. Before it returns, the thread is as it was.
//
// A context that ends is seen at the next activation, or in a long period after
// LoopConfig.StopWait in Strict and 100 ms in the other modes. In Strict, step must not
// block, sleep, yield, contend for a mutex with ordinary goroutines or make
// system calls that give up the P: see the package's documentation.
func (l *Loop) Run(ctx context.Context, step func(*Tick) error) (err error) {
	if step == nil {
		return configError("Run's step", "nil", "there is nothing to call", "give a func(*rt.Tick) error")
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
	if l.process != nil {
		defer l.process.limitHeap(l)()
	}
	t, err := occupy(l.sys, l.granted)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.release()) }()
	l.timer = t.timer
	l.prepare()
	if l.granted.Mode == Strict {
		defer l.process.claim()()
	}
	if l.granted.Pinned {
		defer l.sys.NamePinnedStep(fmt.Sprintf("loop %s: the step %s", l.cfg.Name, strings.Join(l.stepNames(step), " or ")))()
	}
	fd, explain := l.explainOutliers()
	defer explain()
	defer context.AfterFunc(ctx, func() { l.stop.Store(true) })()
	defer l.unpin()
	l.monitor.begin(l.sys, l.granted.Pinned, fd)
	if l.cfg.OnStall != nil {
		defer l.monitorStalls()()
	}
	l.prepareP()
	l.monitor.discard()
	l.counters.SetRunning(true)
	defer l.counters.SetRunning(false)
	err = l.cycle(step)
	l.monitor.readUsage()
	l.countUsage()
	switch {
	case errors.Is(err, errContext) && l.overCap.Load() && ctx.Err() == nil:
		l.unpin()
		return l.process.capError(l.cfg.Name)
	case errors.Is(err, errContext):
		l.unpin() // Cause takes a mutex, for which a pinned goroutine must not wait
		return context.Cause(ctx)
	case errors.Is(err, ErrStop):
		return nil
	default:
		return err
	}
}

// funcName is the name of a step, "main.control".
func funcName(step func(*Tick) error) string {
	return runtime.FuncForPC(reflect.ValueOf(step).Pointer()).Name()
}

// stepNames are the names of the step and the substeps.
func (l *Loop) stepNames(step func(*Tick) error) []string {
	names := []string{funcName(step)}
	for _, s := range l.cfg.SubSteps {
		names = append(names, funcName(s.Step))
	}
	return names
}

// prepare forgets the run before.
func (l *Loop) prepare() {
	l.stop.Store(false)
	l.overCap.Store(false)
	l.counters.Reset()
	l.warm, l.misses = l.cfg.WarmUp, 0
	l.output.at = 0
	l.slice = l.sliceOf(l.granted.Mode)
	if l.warm == 0 {
		l.warm = warmedUp
	}
	for i := range l.subSteps {
		l.subSteps[i].begin(l, l.cfg.SubSteps[i])
	}
}

// sliceOf is how long a loop of the mode sleeps at most before it looks whether the
// context has ended or a stop-the-world waits for it; 0 where its period is so short
// that a look after each step will do.
func (l *Loop) sliceOf(mode Mode) int64 {
	slice := int64(contextWait)
	if mode == Strict {
		slice = int64(l.cfg.StopWait)
	}
	if int64(l.cfg.Period) <= 2*slice {
		return 0
	}
	return slice
}

// explainOutliers prepares what the causes of outliers are found with, if there is
// a Recorder to keep them: fd is the thread's schedstat, or -1. What it returns is
// called when the run has ended and nothing is pinned any more.
func (l *Loop) explainOutliers() (fd int, explain func()) {
	if l.cfg.Recorder == nil {
		return -1, func() {}
	}
	l.monitor.wakes = lateWakeBuffer(wakesKept)
	fd, err := l.sys.OpenSchedstat()
	if err != nil {
		fd = -1
	}
	steal := startStealSampler(l.sys, l.granted.CPU)
	return fd, func() {
		if fd >= 0 {
			_ = l.sys.CloseFD(fd)
		}
		if steal != nil {
			attributeSteal(l.cfg.Recorder, l.monitor.wakes, steal.end())
		}
	}
}

// prepareP makes the last preparations: the stack is grown first, to keep its
// copying and its page faults out of the first ticks, and the pin comes last.
func (l *Loop) prepareP() {
	growStack()
	if !l.granted.Pinned {
		return
	}
	l.queue.arrived(l.process.moveToEmptyP(), never)
	l.pin()
}

// pin keeps the goroutine on its P.
func (l *Loop) pin() {
	l.pinned = true
	l.process.pinned.Add(1)
	l.sys.Pin()
}

// unpin is harmless on a loop that is not pinned.
func (l *Loop) unpin() {
	if l.pinned {
		l.sys.Unpin()
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

// cycle is the loop itself. Between two sleeps it reads the clock twice, asks the
// kernel once for the thread's usage, and otherwise reads only memory.
func (l *Loop) cycle(step func(*Tick) error) error {
	if l.cfg.Trigger != nil {
		return l.triggered(step)
	}
	s, t, period := l.sys, &l.tick, int64(l.cfg.Period)
	due := s.Now() + period
	late := record.Unattributed
	l.request = request{first: never, last: never}
	*t = Tick{Intended: due, loop: l}
	for {
		cause, errno := l.wait(due)
		if errno != 0 {
			return fmt.Errorf("rt: %s: waiting for the activation: %w", l.cfg.Name, errno)
		}
		t.Now = s.Now()
		if l.stop.Load() {
			return errContext
		}
		if l.counters.Halted() {
			return errHalted
		}
		if t.Now < due { // a maintenance window has opened in a long sleep
			if w := l.process.window.Load(); w != nil {
				next, lost := l.park(w, due)
				due = next
				t.Index += lost
				t.Intended, t.Skipped = due, t.Skipped+lost
			}
			continue
		}
		t.Deadline = due + period
		l.observe(t.Now-due, late|cause)
		events, err := l.work(step)
		if err != nil {
			return err
		}
		stopped := record.Unattributed
		if l.pinned {
			stopped = l.keepP(events, t.Now, period)
		}
		end := s.Now()
		next, skipped, missed := l.cfg.Overrun.after(due, end, period)
		late = record.Unattributed
		if missed > 0 {
			l.request.seen = true
			if l.overran(skipped, missed) {
				return errkind.Errorf(ErrOverrun, "rt: %s: period %d ended %v after its deadline; shorten the step, lengthen the period, or give Overrun Skip", l.cfg.Name, t.Index, time.Duration(end-t.Deadline))
			}
			if next < end {
				late = record.Overrun | stopped | l.monitor.overrunEvents().cause()
			}
		}
		if l.cfg.Miss.K > 0 && l.breached(missed > 0, l.cfg.Overrun.lost(skipped, missed)) {
			return l.missError()
		}
		if l.pinned {
			if w := l.process.window.Load(); w != nil {
				var lost int64
				next, lost = l.park(w, next)
				skipped += lost
			}
		}
		due = next
		t.Index += 1 + skipped
		t.Intended, t.Skipped = due, skipped
	}
}

// work calls the step and the substeps that are due, and returns what they did.
func (l *Loop) work(step func(*Tick) error) (stepEvents, error) {
	l.monitor.beginStep()
	err := step(&l.tick)
	for i := range l.subSteps {
		if err != nil {
			break
		}
		err = l.subSteps[i].run(&l.tick, int64(l.cfg.Period))
	}
	l.observeOutput(l.sys.Now())
	f := l.monitor.endStep()
	l.count(f)
	if debugging && err == nil {
		l.checkStep(f, step)
	}
	return f, err
}

// keepP keeps a pinned loop on a P of its own after a step, lets a stop-the-world
// or a collection pass that has waited long enough, and says if one did.
func (l *Loop) keepP(f stepEvents, now, interval int64) (stopped record.Cause) {
	if f.lostP || f.lostWindow {
		l.queue.doubt = true
	}
	if l.sys.Marking() || l.request.standing(now, int64(l.cfg.StopWait), interval) {
		stopped = l.pass()
	}
	if l.process.renewal.Load() != nil || l.queue.doubt && l.queue.leave(l.sys, now) {
		l.moveOut()
	}
	return stopped
}

// breached enters a period and those lost after it into the miss budget, and reports
// whether that ends the loop.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
func (l *Loop) breached(late bool, lost int64) (end bool) {
	if l.warm != warmedUp {
		return false
	}
	l.misses.add(late, lost)
	if !late || !l.misses.broken(l.cfg.Miss.M, l.cfg.Miss.K) {
		return false
	}
	l.counters.Of(counters.Breaches).Add(1)
	if l.cfg.Miss.OnMiss == nil {
		return true
	}
	l.cfg.Miss.OnMiss(&l.tick)
	return false
}

// missError is what ends a loop whose miss budget is broken.
func (l *Loop) missError() error {
	return errkind.Errorf(ErrMissBudget, "rt: %s: period %d exceeded the budget of %v; shorten the step, lengthen the period, or give OnMiss to go on", l.cfg.Name, l.tick.Index, l.cfg.Miss)
}

// wait returns when the clock has reached due, with the cause of an interruption if
// there was one. In a long period it returns earlier when the context ends or a
// maintenance window opens.
//
// Cost: O(1). Allocates: no. Blocks: yes. Caller: owner.
//
//rt:nonallocating
func (l *Loop) wait(due int64) (record.Cause, syscall.Errno) {
	cause := record.Unattributed
	until := due - int64(l.cfg.Wake.Margin)
	for {
		slice := until
		if l.slice > 0 {
			slice = min(until, l.sys.Now()+l.slice)
		}
		errno := l.sleep(slice)
		if errno == 0 && slice == until {
			break
		}
		if errno == 0 {
			stopped, leave := l.betweenSlices()
			if cause |= stopped; leave {
				return cause, 0
			}
			continue
		}
		if errno != syscall.EINTR {
			return cause, errno
		}
		l.counters.Of(counters.Interrupted).Add(1)
		cause = record.Interrupted
	}
	if l.cfg.Wake.Margin > 0 {
		for l.sys.Now() < due {
			l.sys.Relax(spinHints)
		}
	}
	return cause, 0
}

// betweenSlices does, between two slices of a long sleep, what a loop of a short
// period does after its step, and reports whether the sleep ends here.
//
// Cost: O(1). Allocates: no. Blocks: while the world is stopped. Caller: owner.
func (l *Loop) betweenSlices() (stopped record.Cause, leave bool) {
	if l.stop.Load() {
		return record.Unattributed, true
	}
	if !l.pinned {
		return record.Unattributed, false
	}
	if l.process.window.Load() != nil {
		return record.Unattributed, true
	}
	return l.keepP(stepEvents{}, l.sys.Now(), l.slice), false
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
		return l.sys.Sleep(until)
	case !l.pinned:
		return l.sys.TimerWait(l.timer, until)
	case l.timer < 0:
		errno = l.sys.SleepRaw(until)
	default:
		errno = l.sys.TimerRaw(l.timer, until)
	}
	if l.sys.StopRequested() { // before anything with a prologue
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
	if l.warm != warmedUp {
		l.warmUp()
	}
	c := l.counters
	c.Of(counters.Ticks).Store(c.Of(counters.Ticks).Load() + 1)
	if latency > c.Of(counters.MaxLatency).Load() {
		c.Of(counters.MaxLatency).Store(latency)
	}
	if r := l.cfg.Recorder; r != nil && l.warm == warmedUp {
		if r.Outlier(latency) {
			cause |= l.monitor.lateCause(latency)
			l.monitor.keepWake(lateWake{r.Count(), l.tick.Intended, l.tick.Now})
		}
		r.RecordCause(latency, cause)
	}
}

// observeOutput counts when a step has ended.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Loop) observeOutput(end int64) {
	c, t, o := l.counters, &l.tick, &l.output
	if response := end - t.Intended; response > c.Of(counters.MaxResponse).Load() {
		c.Of(counters.MaxResponse).Store(response)
	}
	if o.at != 0 {
		jitter := end - o.at - (t.Index-o.index)*int64(l.cfg.Period)
		if jitter = max(jitter, -jitter); jitter > c.Of(counters.MaxOutputJitter).Load() {
			c.Of(counters.MaxOutputJitter).Store(jitter)
		}
	}
	o.at, o.index = end, t.Index
}

// warmUp counts the warm-up's activations down; after the last of them the counts
// begin again.
//
// Cost: O(substeps). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(SubSteps)
func (l *Loop) warmUp() {
	if l.warm--; l.warm == warmedUp {
		l.counters.Reset()
		l.output.at = 0
		l.monitor.countFromNow()
		for i := range l.subSteps {
			l.subSteps[i].forget()
		}
	}
}

// warmedUp is what a loop's warm is after the warm-up.
const warmedUp = -1

// overran counts an overrun and reports whether it ends the loop.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Loop) overran(skipped, missed int64) (end bool) {
	l.counters.Of(counters.Overruns).Add(1)
	l.counters.Of(counters.Skipped).Add(skipped)
	l.counters.Of(counters.Missed).Add(missed)
	return l.cfg.Overrun == Stop
}

// pass lets a stop-the-world or a collection pass and says if one did.
//
// Cost: O(1). Allocates: no. Blocks: while the world is stopped. Caller: owner.
//
//rt:nonallocating
func (l *Loop) pass() (stopped record.Cause) {
	before, start := l.sys.ReadP(), l.sys.Now()
	l.sys.Pass(l.sys.Marking())
	if l.sys.Now()-start <= int64(keptP) {
		return record.Unattributed
	}
	// A machine that stalls just then is no stop, and moving out would cost periods.
	if after := l.sys.ReadP(); after.Known && !after.Lost(before) {
		return record.Unattributed
	}
	l.counters.Of(counters.Stops).Add(1)
	l.queue.doubt, l.queue.stopped = true, true
	return record.StoppedWorld
}

// moveOut moves to an empty P.
func (l *Loop) moveOut() {
	l.unpin()
	l.queue.arrived(l.process.moveToEmptyP(), l.sys.Now())
	l.counters.Of(counters.Evacuations).Add(1)
	l.pin()
}
