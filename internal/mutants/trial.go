package main

import (
	"context"
	"sync"
)

// trial is one mutant and what became of it, once done is closed.
type trial struct {
	mutant
	outcome
	err  error
	done chan struct{}
}

// start tries the selected mutants of l, some at a time and the first ones first. wait
// returns when the last has ended.
func (r *runner) start(ctx context.Context, l list, s selection) (trials []*trial, wait func()) {
	for i, m := range l.mutants {
		if s.of(i, m) {
			trials = append(trials, &trial{mutant: m, done: make(chan struct{})})
		}
	}
	next := make(chan *trial, len(trials))
	for _, c := range trials {
		next <- c
	}
	close(next)
	var workers sync.WaitGroup
	for range s.jobs {
		workers.Go(func() {
			for c := range next {
				c.outcome, c.err = r.try(ctx, l, c.mutant)
				close(c.done)
			}
		})
	}
	return trials, workers.Wait
}
