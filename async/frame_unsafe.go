package async

import (
	"context"
	"fmt"
	"math"
	"strings"
	"unsafe"

	"github.com/memkit-go/memkit/core"
)

// Frame is an open frame of [Frames], from Begin to a successful End. It is a value,
// and any goroutine may allocate in it.
type Frame struct {
	s   *frameState
	gen uint64
	tag string
}

// Tagged returns the frame with a tag for the allocations made through it, which
// [HeldError] names.
func (f Frame) Tagged(tag string) Frame {
	f.tag = tag
	return f
}

// New allocates a zeroed T in the frame. It fails with [ErrExhausted], [ErrEnded] or
// [ErrToken].
func New[T any](f Frame, t core.Type[T]) (Ref[T], error) {
	p, h, state, err := reserve(f, t, 1)
	if err != nil {
		return Ref[T]{}, err
	}
	clear(unsafe.Slice(p, 1))
	return Ref[T]{p, h, state}, nil
}

// Make allocates n zeroed elements in the frame. Zeroing many stops when ctx ends;
// then the memory stays used until the frame's end. It fails as New does, with
// [ErrSize], or with the context's cause.
func Make[T any](ctx context.Context, f Frame, t core.Type[T], n int) (Slice[T], error) {
	if err := usable(ctx); err != nil {
		return Slice[T]{}, err
	}
	p, h, state, err := reserve(f, t, n)
	if err != nil {
		return Slice[T]{}, err
	}
	s := Slice[T]{p, n, h, state}
	if err := zero(ctx, unsafe.Slice((*byte)(unsafe.Pointer(p)), n*t.Size())); err != nil {
		s.Release()
		return Slice[T]{}, err
	}
	return s, nil
}

func reserve[T any](f Frame, t core.Type[T], n int) (*T, *holder, uint64, error) {
	var zero T
	switch {
	case t == (core.Type[T]{}):
		return nil, nil, 0, ErrToken
	case n < 0:
		return nil, nil, 0, ErrSize
	case f.s == nil:
		return nil, nil, 0, ErrEnded
	case n > math.MaxInt32 || n*max(1, t.Size()) > f.s.frames.config.Size:
		return nil, nil, 0, f.s.frames.errFull
	}
	p, h, state, err := f.s.reserve(f, n*t.Size(), int(unsafe.Alignof(zero)))
	return (*T)(p), h, state, err
}

// End refuses further allocations, waits until every Ref and Slice of the frame was
// released, and takes the memory back. When ctx ends before that, it returns a
// [*HeldError] that names the holders by tag and site; the memory stays theirs, and
// End can be called again. After the end it returns [ErrEnded].
func (f Frame) End(ctx context.Context) error {
	if ctx == nil {
		return ErrContext
	}
	if f.s == nil {
		return ErrEnded
	}
	s := f.s
	for {
		s.mu.Lock()
		if !s.slot.is(f.gen) {
			s.mu.Unlock()
			return ErrEnded
		}
		s.ending = true
		if s.held == 0 {
			ended := s.slot.end(f.gen)
			s.mu.Unlock()
			if !ended {
				return ErrEnded
			}
			select {
			case s.drained <- struct{}{}: // for another End that waits
			default:
			}
			s.frames.items.put(s.slot)
			return nil
		}
		s.mu.Unlock()
		select {
		case <-s.drained:
		case <-ctx.Done():
			if holders := s.report(); len(holders) > 0 {
				return &HeldError{Frames: s.frames.config.Name, Holders: holders, cause: cause(ctx)}
			}
			// The last one went at this moment.
		}
	}
}

// Used returns the bytes handed out in the frame, padding included, or 0 after its
// end.
func (f Frame) Used() int {
	if f.s == nil {
		return 0
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if !f.s.slot.is(f.gen) {
		return 0
	}
	return f.s.next
}

// HeldError says who kept a frame from ending.
type HeldError struct {
	Frames  string // FramesConfig.Name
	Holders []Holder
	cause   error // the context's
}

// Holder is a Ref or Slice that was not released.
type Holder struct {
	Tag   string // of the frame that it was allocated through
	Site  string // file:line where it was made
	Bytes int
}

func (h Holder) String() string {
	tag := "no tag"
	if h.Tag != "" {
		tag = fmt.Sprintf("tag %q", h.Tag)
	}
	return fmt.Sprintf("%d bytes with %s, made at %s", h.Bytes, tag, h.Site)
}

func (e *HeldError) Error() string {
	const most = 10
	list := make([]string, 0, most)
	for _, h := range e.Holders[:min(most, len(e.Holders))] {
		list = append(list, h.String())
	}
	if n := len(e.Holders); n > most {
		list = append(list, fmt.Sprintf("and %d more", n-most))
	}
	return fmt.Sprintf("async: %q: the frame is held (%v): %s; release them, then call End again", e.Frames, e.cause, strings.Join(list, "; "))
}

// Unwrap returns the context's cause.
func (e *HeldError) Unwrap() error { return e.cause }

// inPackage reports whether a function is one of this package, and not of a test.
func inPackage(function string) bool {
	const path = "github.com/memkit-go/memkit/async."
	return strings.HasPrefix(function, path) && !strings.HasPrefix(function, path+"Test")
}
