package async

import "unsafe"

// Ref holds a T in a frame until its Release. Copies are the same holder: when one
// is released, all are. Give each goroutine a Clone. The zero Ref is stale.
type Ref[T any] struct {
	p     *T
	h     *holder
	state uint64
}

// Get returns the address of the value, good until the Release, or [ErrStale].
func (r Ref[T]) Get() (*T, error) {
	if r.h == nil || r.h.state.Load() != r.state {
		return nil, ErrStale
	}
	return r.p, nil
}

// Ptr is Get with nil for a stale reference.
func (r Ref[T]) Ptr() *T {
	p, _ := r.Get()
	return p
}

// Clone makes another holder of the value. It fails with [ErrStale], [ErrEnded] or
// [ErrExhausted].
func (r Ref[T]) Clone() (Ref[T], error) {
	h, state, err := r.h.clone(r.state)
	if err != nil {
		return Ref[T]{}, err
	}
	return Ref[T]{r.p, h, state}, nil
}

// Release lets the frame end. It returns [ErrReleased] when that was done before.
func (r Ref[T]) Release() error { return r.h.release(r.state) }

// Slice holds a []T in a frame, as [Ref] holds a T. The zero Slice is stale.
type Slice[T any] struct {
	p     *T
	n     int
	h     *holder
	state uint64
}

// Get returns the slice, good until the Release, or [ErrStale].
func (s Slice[T]) Get() ([]T, error) {
	if s.h == nil || s.h.state.Load() != s.state {
		return nil, ErrStale
	}
	return unsafe.Slice(s.p, s.n), nil
}

// Slice is Get with nil for a stale reference.
func (s Slice[T]) Slice() []T {
	items, _ := s.Get()
	return items
}

// Len returns the number of elements.
func (s Slice[T]) Len() int { return s.n }

// Clone makes another holder of the slice. It fails as [Ref.Clone] does.
func (s Slice[T]) Clone() (Slice[T], error) {
	h, state, err := s.h.clone(s.state)
	if err != nil {
		return Slice[T]{}, err
	}
	return Slice[T]{s.p, s.n, h, state}, nil
}

// Release lets the frame end. It returns [ErrReleased] when that was done before.
func (s Slice[T]) Release() error { return s.h.release(s.state) }
