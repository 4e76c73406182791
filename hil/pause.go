package hil

import (
	"context"
	"sync"
	"sync/atomic"
)

// pause lets a run's simulated time stand still.
type pause struct {
	asked atomic.Bool
	mu    sync.Mutex
	over  chan struct{} // closed when the pause ends
}

// Pause lets simulated time stand still after the step that runs, and the watchdog with
// it. In a rig that keeps to the wall clock whole periods pass, which are no misses.
func (r *Rig) Pause() {
	p := &r.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked.CompareAndSwap(false, true) {
		p.over = make(chan struct{})
	}
}

// Resume ends a pause.
func (r *Rig) Resume() { r.pause.wake() }

func (p *pause) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked.CompareAndSwap(true, false) {
		close(p.over)
	}
}

// waitPaused waits until the pause or the context has ended.
func (r *Rig) waitPaused(ctx context.Context) error {
	r.enter(r.step, phasePaused)
	p := &r.pause
	p.mu.Lock()
	over := p.over
	p.mu.Unlock()
	<-over
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.enter(r.step, phaseRig)
	return nil
}
