package async

import (
	"context"
	"fmt"
	"sync"
)

// Barrier lets a fixed number of parties wait for each other, again and again.
// Its methods may be called from any goroutine; they take a lock and are not for
// real-time threads.
type Barrier struct {
	mu         sync.Mutex
	parties    int
	arrived    int
	generation uint64
	open       chan struct{} // closed when the current generation is complete
}

// NewBarrier makes a barrier for a number of parties.
func NewBarrier(parties int) (*Barrier, error) {
	if parties < 1 {
		return nil, fmt.Errorf("async: NewBarrier(%d): must be >0; give the number of goroutines that meet", parties)
	}
	return &Barrier{parties: parties, open: make(chan struct{})}, nil
}

// Arrive counts the caller in without waiting and returns the generation it
// belongs to. The last party to arrive releases all that wait and opens the next
// generation.
func (b *Barrier) Arrive() (generation uint64) {
	generation, _ = b.arrive()
	return generation
}

func (b *Barrier) arrive() (uint64, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	generation, open := b.generation, b.open
	if b.arrived++; b.arrived == b.parties {
		b.arrived = 0
		b.generation++
		b.open = make(chan struct{})
		close(open)
	}
	return generation, open
}

// Wait arrives and waits until the generation is complete. When ctx ends first
// it takes the arrival back and returns the context's cause, so that the others
// wait for one party more.
func (b *Barrier) Wait(ctx context.Context) error {
	if err := usable(ctx); err != nil {
		return err
	}
	generation, open := b.arrive()
	select {
	case <-open:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.generation != generation {
		return nil
	}
	b.arrived--
	return cause(ctx)
}

// Generation counts how often the barrier opened.
func (b *Barrier) Generation() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.generation
}
