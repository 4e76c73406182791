package handle

import (
	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/rt/pool"
)

// H names a block that holds a T, wherever it lies. It is a plain number with a
// generation; the zero H names nothing.
type H[T any] pool.Handle[block]

// New makes a zeroed T in the space.
//
// Cost: O(size of T). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func New[T any](s *Space, t core.Type[T]) (H[T], error) {
	if t == (core.Type[T]{}) {
		return 0, core.ErrToken
	}
	h, err := s.Alloc(t.Size())
	return H[T](h), err
}

// Pin fixes the block in place and returns its address, good until the Unpin
// that matches.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h H[T]) Pin(s *Space) (*T, error) {
	b, err := s.Pin(Raw(h))
	if err != nil {
		return nil, err
	}
	p := as[T](b)
	if p == nil {
		s.Unpin(Raw(h))
		return nil, ErrType
	}
	return p, nil
}

// Unpin lets the block move again once it was called as often as Pin.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h H[T]) Unpin(s *Space) error { return s.Unpin(Raw(h)) }

// Free takes the block back.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h H[T]) Free(s *Space) error { return s.Free(Raw(h)) }

// Raw names a block of bytes.
type Raw pool.Handle[block]
