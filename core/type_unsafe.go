package core

import (
	"strings"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
)

// Type is the permission to keep values of T off the Go heap, from [TypeOf] or
// [MustType], and the way to allocate them. The zero Type is refused with
// [ErrToken].
type Type[T any] struct {
	size, align int
	most        int // elements of one slice
}

// TypeOf checks that T holds no Go pointers. Its error is an [ErrPointerType]
// that names the field.
func TypeOf[T any]() (Type[T], error) {
	if err := arena.PointerFree[T](); err != nil {
		return Type[T]{}, errkind.Errorf(ErrPointerType, "core: %s; or keep it in a slab, from NewSlab", strings.TrimPrefix(err.Error(), "arena: "))
	}
	size := int(unsafe.Sizeof(*(*T)(nil)))
	return Type[T]{size: size, align: int(unsafe.Alignof(*(*T)(nil))), most: maxSize / max(size, 1)}, nil
}

// MustType is [TypeOf] for package variables; it panics instead of failing.
func MustType[T any]() Type[T] {
	t, err := TypeOf[T]()
	if err != nil {
		panic(err)
	}
	return t
}

// Align returns a token whose allocations start at multiples of n, a power of
// two up to [MaxAlign]. T's own alignment stays the least.
func (t Type[T]) Align(n int) (Type[T], error) {
	if t.align == 0 {
		return t, ErrToken
	}
	if n < 1 || n > MaxAlign || n&(n-1) != 0 {
		return Type[T]{}, ErrAlign
	}
	t.align = max(t.align, n)
	return t, nil
}

// Size is the size of a T in bytes.
func (t Type[T]) Size() int { return t.size }

// New allocates a zeroed T in the frame. It fails with an [*Error] or a
// [*BudgetError], or with [ErrNotInFrame], [ErrToken] or, in debug builds,
// [ErrWrongThread].
//
// Cost: O(size of T). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Type[T]) New(f *Frame) (Ref[T], error) {
	r, err := t.NewUninit(f)
	if err == nil {
		clear(unsafe.Slice(r.p, 1))
	}
	return r, err
}

// NewUninit is New without the zeroing: the value is what an earlier frame left.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Type[T]) NewUninit(f *Frame) (Ref[T], error) {
	start := (f.next + t.align - 1) &^ (t.align - 1)
	if end := start + t.size; end <= f.limit && t.align != 0 && (!debug.Enabled || f.lane.owned()) {
		f.next = end
		f.allocs++
		return Ref[T]{(*T)(unsafe.Add(f.base, start)), f.cell, f.epoch}, nil
	}
	p, err := f.slow(t.size, t.align, t.most, 1)
	if err != nil {
		return Ref[T]{}, err
	}
	return Ref[T]{(*T)(p), f.cell, f.epoch}, nil
}

// Make allocates n zeroed elements in the frame. It fails like New, and with
// [ErrSize].
//
// Cost: O(n). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Type[T]) Make(f *Frame, n int) (RefSlice[T], error) {
	r, err := t.MakeUninit(f, n)
	if err == nil {
		r.clear()
	}
	return r, err
}

// MakeUninit is Make without the zeroing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Type[T]) MakeUninit(f *Frame, n int) (RefSlice[T], error) {
	start := (f.next + t.align - 1) &^ (t.align - 1)
	// A zero token has most 0 and fits nothing but n = 0, which align refuses.
	if uint(n) <= uint(t.most) && t.align != 0 && (!debug.Enabled || f.lane.owned()) {
		if end := start + n*t.size; end <= f.limit {
			f.next = end
			f.allocs++
			return RefSlice[T]{(*T)(unsafe.Add(f.base, start)), n, f.cell, f.epoch}, nil
		}
	}
	p, err := f.slow(t.size, t.align, t.most, n)
	if err != nil {
		return RefSlice[T]{}, err
	}
	return RefSlice[T]{(*T)(p), n, f.cell, f.epoch}, nil
}

// MakeIn allocates n zeroed elements in a group.
func (t Type[T]) MakeIn(g *Group, n int) (RefSlice[T], error) {
	if err := t.check(n); err != nil {
		return RefSlice[T]{}, err
	}
	p, err := g.alloc(n*t.size, t.align)
	if err != nil {
		return RefSlice[T]{}, err
	}
	r := RefSlice[T]{(*T)(p), n, &g.epoch, g.epoch}
	r.clear()
	return r, nil
}

// MakeOn allocates n zeroed elements in a scratch.
func (t Type[T]) MakeOn(s *Scratch, n int) (RefSlice[T], error) {
	if err := t.check(n); err != nil {
		return RefSlice[T]{}, err
	}
	p, err := s.alloc(n*t.size, t.align)
	if err != nil {
		return RefSlice[T]{}, err
	}
	r := RefSlice[T]{(*T)(p), n, &s.epoch, s.epoch}
	r.clear()
	return r, nil
}

func (t Type[T]) check(n int) error {
	if t.align == 0 {
		return ErrToken
	}
	if n < 0 || n > t.most {
		return ErrSize
	}
	return nil
}

// Box allocates a zeroed T in the heap.
//
// Cost: O(size of T). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Type[T]) Box(h *Heap) (Box[T], error) {
	b, err := t.BoxUninit(h)
	if err == nil {
		clear(unsafe.Slice(b.p, 1))
	}
	return b, err
}

// BoxUninit is Box without the zeroing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Type[T]) BoxUninit(h *Heap) (Box[T], error) {
	if t.align == 0 {
		return Box[T]{}, ErrToken
	}
	handle, p, err := h.open(t.size, t.align, h.lane.tag(), 0, HeapTier)
	if err != nil {
		return Box[T]{}, err
	}
	return Box[T]{(*T)(p), &h.origin, uint64(handle), nil}, nil
}
