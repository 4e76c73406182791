package core

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// The kinds of failure; compare with errors.Is. On allocation paths they arrive
// inside an [*Error].
var (
	// ErrExhausted: the memory that was configured is used up.
	ErrExhausted = tlsf.ErrExhausted
	// ErrBudget: a budget's hard limit refuses the request.
	ErrBudget = errors.New("core: budget exceeded")
	// ErrStale: the memory was taken back since the reference was made.
	ErrStale = pool.ErrStale
	// ErrDoubleFree: a box was closed, sent or deferred before. It is an
	// [ErrStale] to errors.Is.
	ErrDoubleFree = fmt.Errorf("core: freed already: %w", ErrStale)
	// ErrWrongThread: a lane was used by a goroutine that does not own it.
	ErrWrongThread = errors.New("core: the lane belongs to another goroutine")
	// ErrPointerType: the type holds Go pointers.
	ErrPointerType = errors.New("core: type holds Go pointers")
	// ErrToken: a zero type token was used.
	ErrToken = errors.New("core: zero type token; make it with TypeOf or MustType")
	// ErrNotInFrame: the frame has ended, or none has begun.
	ErrNotInFrame = errors.New("core: not in a frame")
	// ErrInFrame: the operation has to wait for the frame's end.
	ErrInFrame = errors.New("core: the frame has not ended")
	// ErrTransfer: the transfer was accepted already, or is none.
	ErrTransfer = errors.New("core: nothing to accept")
	// ErrClosed: the allocator or lane is closed.
	ErrClosed = errors.New("core: closed")
	// ErrFull: a container or a queue has no room.
	ErrFull = errors.New("core: full")
	// ErrDisabled: the lane takes no deferred frees.
	ErrDisabled = errors.New("core: deferred frees are disabled")
	// ErrMarks: more marks in one frame than Config.Marks.
	ErrMarks = errors.New("core: too many marks in one frame")
	// ErrAlign: not a power of two up to MaxAlign.
	ErrAlign = errors.New("core: alignment is not a power of two from 1 to 4096")
	// ErrSize: a negative size, or one beyond every arena.
	ErrSize = errors.New("core: size out of range")
)
