package async

import (
	"context"
	"sync"
)

// Notify wakes goroutines that wait for something to happen. A One that finds no
// waiter is kept for the next Wait; a second one before that adds nothing. The zero
// Notify is ready to use.
type Notify struct {
	mu      sync.Mutex
	queue   waitQueue
	pending bool
}

// Wait returns when it is the waiter that a One or All wakes, in the order of
// arrival. It fails with the context's cause.
func (n *Notify) Wait(ctx context.Context) error {
	if err := usable(ctx); err != nil {
		return err
	}
	n.mu.Lock()
	if n.pending {
		n.pending = false
		n.mu.Unlock()
		return nil
	}
	w := n.queue.push()
	n.mu.Unlock()
	err := w.park(ctx, 0)
	n.mu.Lock()
	granted := w.granted
	if !granted {
		n.queue.remove(w)
	}
	n.queue.recycle(w)
	n.mu.Unlock()
	if err != nil && granted {
		n.One() // it was meant for a waiter that still waits
	}
	return err
}

// One wakes the goroutine that has waited the longest, or the next to wait.
func (n *Notify) One() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if w := n.queue.first; w != nil {
		n.queue.grant(w)
		return
	}
	n.pending = true
}

// All wakes the goroutines that wait now. It is not kept.
func (n *Notify) All() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue.fail(nil)
}

// Waiting returns how many goroutines wait.
func (n *Notify) Waiting() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.queue.length
}
