package hil

import (
	"context"
	"errors"
	"time"
)

// The word Rig.phase says what the run's goroutine does: the step in the upper bits,
// what it is in there in the lower. The watchdog takes a run that stands still from
// its goroutine by storing phaseAbandoned in place of the word it has seen twice, so
// that exactly one of them has the links afterwards.
const (
	phaseRig int64 = iota
	phasePlant
	phaseWait // for a device, by the link's deadline
	phasePaused
	phaseAbandoned
	phaseBits = 3
)

// errAbandoned ends the goroutine of a run that the watchdog has ended.
var errAbandoned = errors.New("hil: the watchdog has ended the run")

// enter announces what the run does next. It returns false when the watchdog has ended
// the run.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
func (r *Rig) enter(step, phase int64) bool {
	return r.phase.Swap(step<<phaseBits|phase)&(1<<phaseBits-1) != phaseAbandoned
}

// supervise runs the loop on a goroutine of its own and ends the run when it stands still.
func (r *Rig) supervise(ctx context.Context) *Result {
	r.phase.Store(phaseRig)
	r.idle.Store(false)
	done := make(chan *Result, 1)
	go func() {
		err := r.loop(ctx)
		if errors.Is(err, errAbandoned) || !r.enter(r.step, phaseRig) {
			r.running.Store(false)
			return // the watchdog has given its result
		}
		r.finish(err)
		res := r.result
		r.running.Store(false)
		done <- &res
	}()
	// A wait for a device ends by itself after Watchdog; what does not end is seen
	// after twice that; a rig that keeps to the wall clock moves once a period.
	limit := r.c.Watchdog
	if r.c.Speed > 0 {
		limit += r.c.wallPeriod()
	}
	look := time.NewTicker(limit / 2)
	defer look.Stop()
	last, same := r.phase.Load(), 0
	for {
		select {
		case res := <-done:
			var stall *StallError
			if r.c.OnStall != nil && errors.As(res.End, &stall) {
				r.c.OnStall(stall)
			}
			return res
		case <-look.C:
			now := r.phase.Load()
			if now != last || now&(1<<phaseBits-1) == phasePaused {
				last, same = now, 0
				continue
			}
			if same++; same < 4 || !r.phase.CompareAndSwap(now, now&^(1<<phaseBits-1)|phaseAbandoned) {
				continue
			}
			return r.abandon(now)
		}
	}
}

// abandon is the result of a run whose goroutine does not come back. Of what that
// goroutine may still write, nothing is read.
func (r *Rig) abandon(phase int64) *Result {
	step := phase >> phaseBits
	e := &StallError{Where: "the exchange, the stimulus or a task", At: Tick{Step: step, Time: step * r.c.period(), Period: r.c.period()}, Waited: 2 * r.c.Watchdog}
	e.Channels = names(r.c.Actuators)
	if phase&(1<<phaseBits-1) == phasePlant {
		e.Where, e.Channels = "the plant", names(r.c.Sensors)
		for _, c := range r.connections { // the links are idle while the plant computes
			if r.stimulus.Replay == nil {
				_ = r.sendSafe(c, c.Link)
			}
		}
		r.idle.Store(true)
	}
	if r.c.OnStall != nil {
		r.c.OnStall(e)
	}
	return &Result{Rate: r.c.Rate, Seed: r.stimulus.Seed, Steps: step, End: e}
}
