package async

import (
	"context"
	"fmt"
	"time"
)

// Source is a queue that is polled, such as the Consumer of an isolate's queue or of
// a ring.
type Source[T any] interface {
	// Pop returns the oldest message, or false when there is none.
	Pop() (T, bool)
}

// Drain ranges over the messages of a queue that a real-time thread fills, until ctx
// ends, which it yields as an error after the last messages. Real-time threads wake no
// goroutine, so Drain looks at the queue every so often; each time it yields all that is
// there. The goroutine that ranges is the queue's consumer.
func Drain[T any](ctx context.Context, q Source[T], every time.Duration) Stream[T] {
	return func(yield func(T, error) bool) {
		var zero T
		if err := drainable(ctx, q != nil, every); err != nil {
			yield(zero, err)
			return
		}
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			ended := ctx.Err() != nil
			for v, ok := q.Pop(); ok; v, ok = q.Pop() {
				if !yield(v, nil) {
					return
				}
			}
			if ended {
				yield(zero, cause(ctx))
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}
}

func drainable(ctx context.Context, queue bool, every time.Duration) error {
	switch {
	case ctx == nil:
		return ErrContext
	case !queue:
		return fmt.Errorf("async: Drain: the queue is nil; pass its Consumer")
	case every <= 0:
		return fmt.Errorf("async: Drain: every %v: must be >0, e.g. 10ms; the queue must hold what comes in that time", every)
	}
	return nil
}
