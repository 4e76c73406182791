package core

import (
	"errors"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// The kinds of failure; compare with errors.Is. Refused allocations arrive as an
// [*Error] or a [*BudgetError], which name the request.
var (
	// ErrExhausted: memory of a configured size is used up.
	ErrExhausted = tlsf.ErrExhausted
	// ErrBudget: the hard limit of a budget refuses the request.
	ErrBudget = errors.New("core: the request exceeds a budget")
	// ErrStale: the memory was taken back since the reference was made.
	ErrStale = pool.ErrStale
	// ErrDoubleFree: a box was closed, sent or deferred before. It is an
	// [ErrStale] to errors.Is.
	ErrDoubleFree = errkind.Errorf(ErrStale, "core: the box was closed, sent or deferred already")
	// ErrWrongThread: a lane was used by a goroutine that does not own it. Only
	// builds with the tag rtdebug check.
	ErrWrongThread = errors.New("core: the lane belongs to another goroutine; call Lane.Adopt when it changes hands")
	// ErrPointerType: the type holds Go pointers.
	ErrPointerType = errors.New("core: the type holds Go pointers; keep it in a slab, from NewSlab")
	// ErrToken: a zero type token was used.
	ErrToken = errors.New("core: the type token is zero; make it with TypeOf or MustType")
	// ErrNotInFrame: the frame has ended, or none has begun.
	ErrNotInFrame = errors.New("core: no frame is open; call Lane.Begin first")
	// ErrInFrame: the operation has to wait for the frame's end.
	ErrInFrame = errors.New("core: the frame has not ended; call Frame.End first")
	// ErrTransfer: the transfer was accepted already, or is not one of this
	// allocator and type.
	ErrTransfer = errors.New("core: the transfer was accepted already, or belongs to another allocator or type")
	// ErrClosed: the allocator, lane or scratch is closed.
	ErrClosed = errors.New("core: used after Close")
	// ErrFull: a container or a queue has no room.
	ErrFull = errors.New("core: no room is left; make the container or Config.Deferred.Capacity larger")
	// ErrDisabled: the lane takes no deferred frees.
	ErrDisabled = errors.New("core: Config.Deferred.Mode is Disabled, so the lane takes no deferred frees")
	// ErrMarks: a frame has had as many marks as Config.Marks.
	ErrMarks = errors.New("core: the frame has had all of Config.Marks; raise it")
	// ErrAlign: not a power of two from 1 to [MaxAlign].
	ErrAlign = errors.New("core: the alignment is not a power of two from 1 to 4096")
	// ErrSize: a negative size, or one beyond every arena.
	ErrSize = errors.New("core: the size is negative or exceeds 1 TiB")
	// ErrRetention: a [Retention] that does not fit the frame or the claim.
	ErrRetention = errors.New("core: the Retention names no pool or scratch of the frame's lane; set To, and Pool or Scratch with it")
)
