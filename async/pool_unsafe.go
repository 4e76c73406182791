package async

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/internal/errkind"
)

// PoolConfig describes a [Pool].
type PoolConfig[T any] struct {
	// Name appears in errors and metrics; empty means "pool".
	Name string
	// Size is how many items there are; must be given.
	Size int
	// Full says what Acquire does when no item is free; the zero value is [Wait].
	Full Backpressure
	// Timeout is for the policy Timeout, and must then be >0.
	Timeout time.Duration
	// Reset is called with each item that is released or evicted, by the goroutine
	// that does so; nil leaves the item as it is, like sync.Pool. It must not use
	// the pool.
	Reset func(*T)
	// OnEvict is called with each item that is evicted, before Reset, by the
	// goroutine that evicts; nil means nothing. It must not use the pool.
	OnEvict func(*T)
}

const maxItems = 1 << 30

func (c *PoolConfig[T]) validate() error {
	if c.Name == "" {
		c.Name = "pool"
	}
	switch {
	case c.Size < 1 || c.Size > maxItems:
		return fmt.Errorf("async: PoolConfig.Size %d: must be 1 to %d; give the items that are in use at once", c.Size, maxItems)
	case c.Full > Evict:
		return fmt.Errorf("async: PoolConfig.Full %d: unknown; use Wait, Fail, Timeout or Evict", c.Full)
	case c.Full == Timeout && c.Timeout <= 0:
		return fmt.Errorf("async: PoolConfig.Timeout %v: must be >0 with the policy Timeout", c.Timeout)
	case c.Full != Timeout && c.Timeout != 0:
		return fmt.Errorf("async: PoolConfig.Timeout %v: has no effect with the policy %v; set Full to Timeout", c.Timeout, c.Full)
	}
	return nil
}

// Pool is a fixed number of Ts, used by one goroutine each at a time. Its items are
// Go memory, so T may hold pointers.
type Pool[T any] struct {
	items  items
	config PoolConfig[T]
	empty  error // what Fail returns
}

// NewPool makes a pool whose items are zero at first.
func NewPool[T any](c PoolConfig[T]) (*Pool[T], error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	p := &Pool[T]{config: c}
	p.empty = errkind.Errorf(ErrExhausted, "async: pool %q: all %d items are in use; release some, or raise PoolConfig.Size", c.Name, c.Size)
	p.items.init(c.Size)
	if c.Reset != nil {
		p.items.onRelease = func(s *slot) { c.Reset((*T)(s.value)) }
	}
	if c.OnEvict != nil {
		p.items.onEvict = func(s *slot) { c.OnEvict((*T)(s.value)) }
	}
	values := make([]T, c.Size)
	for i := range values {
		s := &p.items.slots[i]
		s.value, s.size = unsafe.Pointer(&values[i]), int(unsafe.Sizeof(values[i]))
	}
	return p, nil
}

// Acquire takes an item, which is as the last holder left it unless there is a
// Reset. When none is free it does what PoolConfig.Full says. It fails with the
// context's cause, [ErrContext], [ErrExhausted], [ErrTimeout] or [ErrClosed].
func (p *Pool[T]) Acquire(ctx context.Context) (Box[T], error) {
	if ctx != nil && ctx.Err() == nil {
		if s, state := p.items.take(); s != nil {
			if debug.Enabled {
				p.items.record(s)
			}
			return Box[T]{s, state}, nil
		}
	}
	return p.acquireSlow(ctx)
}

//go:noinline
func (p *Pool[T]) acquireSlow(ctx context.Context) (Box[T], error) {
	if err := usable(ctx); err != nil {
		return Box[T]{}, err
	}
	switch p.config.Full {
	case Fail:
		return p.TryAcquire()
	case Evict:
		if s, state := p.items.searchFor(); s != nil {
			return Box[T]{s, state}, nil
		}
		if s := p.items.evict(); s != nil {
			p.items.record(s)
			return Box[T]{s, s.hold()}, nil
		}
	}
	s, state, err := p.items.wait(ctx, p.config.Timeout)
	if debug.Enabled && s != nil {
		p.items.record(s)
	}
	return Box[T]{s, state}, err
}

// refuse counts a request under the policy Fail.
func (p *Pool[T]) refuse() error {
	p.items.lock()
	defer p.items.mu.Unlock()
	if p.items.closed {
		return ErrClosed
	}
	p.items.refused++
	return p.empty
}

// TryAcquire is Acquire that never waits or evicts: it fails with [ErrExhausted]
// when no item is free.
func (p *Pool[T]) TryAcquire() (Box[T], error) {
	if s, state := p.items.searchFor(); s != nil {
		p.items.record(s)
		return Box[T]{s, state}, nil
	}
	return Box[T]{}, p.refuse()
}

// Release gives an item back, like [Box.Release]. A handle of another pool is
// refused with [ErrForeign].
func (p *Pool[T]) Release(b Box[T]) error {
	if b.s != nil && b.s.items != &p.items {
		return ErrForeign
	}
	return b.Release()
}

// Close makes every Acquire fail with [ErrClosed], also those that wait. Items that
// are held stay valid until their Release; it reports them as a [*LeakError].
func (p *Pool[T]) Close() error {
	n, err := p.items.close()
	if err == nil && n > 0 {
		err = &LeakError{Name: p.config.Name, Count: n, Sites: p.items.sites()}
	}
	return err
}

// Stats returns the pool's statistics. It looks at each item.
func (p *Pool[T]) Stats() PoolStats {
	s := p.items.stats()
	s.Name = p.config.Name
	return s
}

// Collect reports the statistics one by one, for a metrics system.
func (p *Pool[T]) Collect(report func(name string, value float64)) { p.Stats().collect(report) }
