package async

import (
	"context"
	"fmt"
	"sync"

	"github.com/memkit-go/memkit/internal/atomics"
)

// PipeConfig says how much a [Pipe] may hold. At least one bound must be given.
type PipeConfig struct {
	// Count is how many boxes wait at most; 0 means that only Bytes bounds them.
	Count int
	// Bytes is the most bytes of the values in boxes that wait; 0 means that only
	// Count bounds them.
	Bytes int
}

// Pipe carries boxes from goroutines that send to goroutines that receive, in
// order. The value stays where it is; the sender's handle, and all its copies,
// become stale, so that each value has one user. A pipe that is full makes senders
// wait, first come, first served.
type Pipe[T any] struct {
	config PipeConfig

	mu sync.Mutex
	// first and last of the boxes' slots that wait, linked by next, and their number.
	// Only the pipe has handles of these slots.
	first, last *slot
	n           int
	bytes       int
	senders     waitQueue
	receivers   waitQueue
	closed      bool
}

// NewPipe makes a pipe.
func NewPipe[T any](c PipeConfig) (*Pipe[T], error) {
	switch {
	case c.Count < 0 || c.Bytes < 0:
		return nil, fmt.Errorf("async: PipeConfig.Count %d, Bytes %d: must not be negative; 0 means no bound", c.Count, c.Bytes)
	case c.Count == 0 && c.Bytes == 0:
		return nil, fmt.Errorf("async: PipeConfig: Count and Bytes are 0; give at least one, so that the pipe is bounded")
	}
	return &Pipe[T]{config: c}, nil
}

// Send gives the box away, and waits while the pipe is full. When it fails, with the
// context's cause, [ErrClosed], [ErrTooLarge] or [ErrStale], the box is still the
// caller's, or was not valid.
func (p *Pipe[T]) Send(ctx context.Context, b Box[T]) error {
	if err := usable(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	sent, err := p.offer(b)
	if sent || err != nil {
		p.mu.Unlock()
		return err
	}
	w := p.senders.push()
	w.slot, w.gen = b.s, b.state
	p.mu.Unlock()

	err = w.park(ctx, 0)
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.granted {
		err = w.err
	} else {
		p.senders.remove(w)
		p.admit() // a smaller box behind this one may fit
	}
	p.senders.recycle(w)
	return err
}

// TrySend is Send that returns false instead of waiting.
func (p *Pipe[T]) TrySend(b Box[T]) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.offer(b)
}

// offer sends the box if no sender waits before it and it fits.
func (p *Pipe[T]) offer(b Box[T]) (sent bool, err error) {
	switch {
	case p.closed:
		return false, ErrClosed
	case !b.s.is(b.state):
		return false, b.why()
	case p.config.Bytes > 0 && b.s.size > p.config.Bytes:
		return false, ErrTooLarge
	case p.senders.first != nil || !p.fits(b.s):
		return false, nil
	}
	return true, p.pass(b.s, b.state)
}

func (p *Pipe[T]) fits(s *slot) bool {
	return (p.config.Count == 0 || p.n < p.config.Count || p.receivers.first != nil) &&
		(p.config.Bytes == 0 || p.bytes+s.size <= p.config.Bytes)
}

// pass makes the sender's handle stale, and the box a receiver's or the pipe's.
func (p *Pipe[T]) pass(s *slot, state uint64) error {
	next, ok := s.move(state)
	if !ok {
		return ErrStale
	}
	if w := p.receivers.first; w != nil {
		w.slot, w.gen = s, next
		p.receivers.grant(w)
		return nil
	}
	if s.next = nil; p.first == nil {
		p.first = s
	} else {
		p.last.next = s
	}
	p.last = s
	p.n++
	p.bytes += s.size
	return nil
}

// admit lets senders that wait send what fits now.
func (p *Pipe[T]) admit() {
	for w := p.senders.first; w != nil && p.fits(w.slot); w = p.senders.first {
		w.err = p.pass(w.slot, w.gen)
		p.senders.grant(w)
	}
}

// Receive takes the oldest box, and waits while there is none. It fails with the
// context's cause, and with [ErrClosed] when the pipe is closed and empty.
func (p *Pipe[T]) Receive(ctx context.Context) (Box[T], error) {
	if err := usable(ctx); err != nil {
		return Box[T]{}, err
	}
	p.mu.Lock()
	if p.n > 0 {
		b := p.next()
		p.mu.Unlock()
		return b, nil
	}
	if p.closed {
		p.mu.Unlock()
		return Box[T]{}, ErrClosed
	}
	w := p.receivers.push()
	p.mu.Unlock()

	err := w.park(ctx, 0)
	p.mu.Lock()
	defer p.mu.Unlock()
	var b Box[T]
	switch {
	case !w.granted:
		p.receivers.remove(w)
	case w.err != nil:
		err = w.err
	default: // also when ctx ended at the same time: the box is here
		b, err = Box[T]{w.slot, w.gen}, nil
	}
	p.receivers.recycle(w)
	return b, err
}

// TryReceive is Receive that returns false instead of waiting.
func (p *Pipe[T]) TryReceive() (Box[T], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n == 0 {
		return Box[T]{}, false
	}
	return p.next(), true
}

// next takes the oldest box.
func (p *Pipe[T]) next() Box[T] {
	s := p.first
	p.first, s.next = s.next, nil
	p.n--
	p.bytes -= s.size
	if p.senders.first != nil {
		p.admit()
	}
	return Box[T]{s, atomics.Load(&s.state)}
}

// Close ends the pipe: senders fail with [ErrClosed], also those that wait, whose
// boxes stay theirs. Receivers get the boxes already sent, and then ErrClosed.
func (p *Pipe[T]) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	p.closed = true
	p.senders.fail(ErrClosed)
	p.receivers.fail(ErrClosed)
	return nil
}

// Discard releases the boxes that were not received, and returns how many there were.
// Call it after Close when the receivers have gone.
func (p *Pipe[T]) Discard() int {
	n := 0
	for {
		b, ok := p.TryReceive()
		if !ok {
			return n
		}
		b.Release()
		n++
	}
}

// Stream ranges over the received values until the pipe is closed and empty, or until
// ctx ends, which it yields as an error. The loop must release each box.
func (p *Pipe[T]) Stream(ctx context.Context) Stream[Box[T]] {
	return func(yield func(Box[T], error) bool) {
		for {
			b, err := p.Receive(ctx)
			if err == ErrClosed || !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// Len returns the number of boxes that wait to be received.
func (p *Pipe[T]) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// Bytes is the size of the values that wait to be received.
func (p *Pipe[T]) Bytes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// Collect reports statistics one by one, for a metrics system.
func (p *Pipe[T]) Collect(report func(name string, value float64)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	report("length", float64(p.n))
	report("bytes", float64(p.bytes))
	report("senders_waiting", float64(p.senders.length))
	report("receivers_waiting", float64(p.receivers.length))
}
