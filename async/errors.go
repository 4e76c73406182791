package async

import (
	"context"
	"errors"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/internal/errkind"
)

// The kinds of failure; compare with errors.Is.
var (
	// ErrStale: the handle's value was released, sent, evicted or taken back.
	ErrStale = core.ErrStale
	// ErrReleased: a handle was released that is not valid any more. It is an
	// [ErrStale] to errors.Is.
	ErrReleased = errkind.Errorf(ErrStale, "async: the handle was released, sent or evicted already")
	// ErrEnded: the frame has ended or is ending. It is an ErrStale to errors.Is.
	ErrEnded = errkind.Errorf(ErrStale, "async: the frame has ended; begin another one")
	// ErrExhausted: nothing is left of a fixed number or size.
	ErrExhausted = core.ErrExhausted
	// ErrForeign: a handle was given to a pool that it does not come from.
	ErrForeign = errors.New("async: the handle belongs to another pool; release it there, or call its Release")
	// ErrIdle: the value of a box that was declared idle was used.
	ErrIdle = errors.New("async: the box is idle and may be evicted; call Pin before using it")
	// ErrClosed: used after Close.
	ErrClosed = errors.New("async: used after Close")
	// ErrTimeout: the time that a configuration allows for waiting has passed.
	ErrTimeout = errors.New("async: nothing was released within the configured Timeout")
	// ErrSize: a size or count is negative.
	ErrSize = errors.New("async: the size is negative")
	// ErrTooLarge: a request exceeds all that there is, so waiting cannot help.
	ErrTooLarge = errors.New("async: the request exceeds the whole capacity; ask for less, or raise the capacity")
	// ErrContext: the context is nil.
	ErrContext = errors.New("async: the context is nil; pass context.Background()")
	// ErrToken: a zero type token was used.
	ErrToken = core.ErrToken
	// ErrDisconnected: a receiver was too slow for a [Broadcast] with the policy
	// Disconnect.
	ErrDisconnected = errors.New("async: the receiver was disconnected because it was too slow; subscribe again")
	// ErrTask: a task has ended.
	ErrTask = errors.New("async: the task has ended")
)

// usable returns why nothing may start under ctx.
func usable(ctx context.Context) error {
	if ctx == nil {
		return ErrContext
	}
	if ctx.Err() != nil {
		return cause(ctx)
	}
	return nil
}

// cause is why ctx ended. It is never nil, so that a wait that ends always fails.
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return context.Canceled
}
