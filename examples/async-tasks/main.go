// Command async-tasks shows memory that goroutines share: ten tasks keep frame memory
// across a wait, a pool makes callers wait, and a box goes through a pipe.
//
//	go run ./examples/async-tasks
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/async"
	"github.com/memkit-go/memkit/core"
)

type gameState struct{ Level, Score int64 }

var (
	numbers = core.MustType[int64]()
	states  = core.MustType[gameState]()
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	frames, err := async.NewFrames(async.FramesConfig{Count: 10, Size: 64 << 10})
	if err != nil {
		return err
	}
	err = errors.Join(tasks(ctx, out, frames), frames.Close())
	return errors.Join(err, buffers(ctx, out), transfer(ctx, out))
}

// tasks run side by side, each with a frame of its own.
func tasks(ctx context.Context, out io.Writer, frames *async.Frames) error {
	var sum atomic.Int64
	err := async.Run(ctx, func(s *async.Scope) error {
		for i := range int64(10) {
			s.Go(func(ctx context.Context) error {
				frame, err := frames.Begin(ctx)
				if err != nil {
					return err
				}
				n, err := process(ctx, frame, i)
				sum.Add(n)
				return errors.Join(err, frame.End(ctx))
			})
		}
		return nil
	})
	fmt.Fprintln(out, "ten tasks summed up to", sum.Load())
	return err
}

// process uses memory of the frame before and after it waits.
func process(ctx context.Context, frame async.Frame, i int64) (sum int64, err error) {
	data, err := async.Make(ctx, frame.Tagged("data"), numbers, 1024)
	if err != nil {
		return 0, err
	}
	defer data.Release()
	for k := range data.Slice() {
		data.Slice()[k] = i
	}
	select {
	case <-time.After(10 * time.Millisecond):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	for _, v := range data.Slice() {
		sum += v
	}
	return sum, nil
}

// buffers shows a pool whose callers wait.
func buffers(ctx context.Context, out io.Writer) error {
	pool, err := async.NewPool(async.PoolConfig[[4096]byte]{Name: "buffers", Size: 2})
	if err != nil {
		return err
	}
	err = async.Run(ctx, func(s *async.Scope) error {
		for range 20 {
			s.Go(func(ctx context.Context) error {
				buffer, err := pool.Acquire(ctx)
				if err != nil {
					return err
				}
				buffer.Ptr()[0]++
				return buffer.Release()
			})
		}
		return nil
	})
	fmt.Fprintln(out, "twenty tasks shared", pool.Stats().Size, "buffers")
	return errors.Join(err, pool.Close())
}

// transfer sends a box of a heap to another goroutine. The sender's handle is stale
// from then on.
func transfer(ctx context.Context, out io.Writer) error {
	heap, err := async.NewHeap(async.HeapConfig{})
	if err != nil {
		return err
	}
	pipe, err := async.NewPipe[gameState](async.PipeConfig{Count: 16})
	if err != nil {
		return err
	}
	state, err := async.NewBox(ctx, heap, states)
	if err != nil {
		return err
	}
	state.Ptr().Level = 3
	err = async.Run(ctx, func(s *async.Scope) error {
		s.Go(func(ctx context.Context) error { return pipe.Send(ctx, state) })
		received, err := pipe.Receive(ctx)
		if err != nil {
			return err
		}
		_, stale := state.Get()
		fmt.Fprintln(out, "received level", received.Ptr().Level, "and the sender's handle is stale:", errors.Is(stale, async.ErrStale))
		return received.Release()
	})
	return errors.Join(err, pipe.Close(), heap.Close())
}
