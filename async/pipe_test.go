package async

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func newPipe(t testing.TB, c PipeConfig) *Pipe[int] {
	t.Helper()
	return must(NewPipe[int](c))
}

func TestPipe(t *testing.T) {
	p := newPool(t, PoolConfig[int]{Size: 10})
	pipe := newPipe(t, PipeConfig{Count: 2})
	b := must(p.Acquire(background))
	*b.Ptr() = 5
	copied := b
	wantErr(t, "send", pipe.Send(background, b), nil)
	for what, err := range map[string]error{"sent": b.Release(), "copy": copied.Release(), "again": pipe.Send(background, b)} {
		wantErr(t, "use of a box that was sent: "+what, err, ErrStale)
	}
	if b.Ptr() != nil || pipe.Len() != 1 || pipe.Bytes() != 8 {
		t.Error("after Send")
	}
	r := must(pipe.Receive(background))
	if *r.Ptr() != 5 {
		t.Error("another value")
	}
	wantErr(t, "release", r.Release(), nil)
	if _, ok := pipe.TryReceive(); ok {
		t.Error("received something from an empty pipe")
	}
	_, err := pipe.Receive(dead())
	wantErr(t, "dead context", err, context.Canceled)
	wantErr(t, "dead context", pipe.Send(dead(), r), context.Canceled)
	wantErr(t, "nil context", pipe.Send(noContext, r), ErrContext)
	wantErr(t, "zero box", pipe.Send(background, Box[int]{}), ErrStale)

	a := must(p.Acquire(background))
	wantErr(t, "send", pipe.Send(background, must(p.Acquire(background))), nil)
	wantErr(t, "close", pipe.Close(), nil)
	wantErr(t, "close twice", pipe.Close(), ErrClosed)
	wantErr(t, "send after close", pipe.Send(background, a), ErrClosed)
	if a.Ptr() == nil {
		t.Error("a box that was not sent is lost")
	}
	a.Release()
	if pipe.Discard() != 1 {
		t.Error("what was sent before Close is lost")
	}
	_, err = pipe.Receive(background)
	wantErr(t, "receive after close", err, ErrClosed)
	for _, c := range []PipeConfig{{}, {Count: -1}, {Bytes: -1}} {
		if _, err := NewPipe[int](c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// TestPipeWaits: a full pipe makes senders wait in order; a sender that gives up
// keeps its box.
func TestPipeWaits(t *testing.T) {
	for name, c := range map[string]PipeConfig{"count": {Count: 2}, "bytes": {Bytes: 16}, "both": {Count: 5, Bytes: 16}} {
		synctest.Test(t, func(t *testing.T) {
			p := newPool(t, PoolConfig[int]{Size: 10})
			pipe := newPipe(t, c)
			for i := range 2 {
				b := must(p.Acquire(background))
				*b.Ptr() = i
				wantErr(t, name, pipe.Send(background, b), nil)
			}
			late := must(p.Acquire(background))
			ctx, cancel := context.WithTimeout(background, time.Second)
			defer cancel()
			wantErr(t, name+": time-out", pipe.Send(ctx, late), context.DeadlineExceeded)
			if sent, err := pipe.TrySend(late); sent || err != nil || late.Release() != nil {
				t.Errorf("%s: try: %v %v; or the box is lost", name, sent, err)
			}
			for i := 2; i < 5; i++ {
				b := must(p.Acquire(background))
				*b.Ptr() = i
				go func() { wantErr(t, name, pipe.Send(background, b), nil) }()
				synctest.Wait()
			}
			for i := range 5 {
				r := must(pipe.Receive(background))
				if *r.Ptr() != i {
					t.Errorf("%s: received %d at place %d", name, *r.Ptr(), i)
				}
				r.Release()
			}
			got := make(chan error)
			go func() { _, err := pipe.Receive(background); got <- err }()
			synctest.Wait()
			pipe.Close()
			wantErr(t, name+": receiver that waits", <-got, ErrClosed)
		})
	}
}

func TestPipeTooLarge(t *testing.T) {
	p := newPool(t, PoolConfig[int]{Size: 1})
	b := must(p.Acquire(background))
	wantErr(t, "send", newPipe(t, PipeConfig{Bytes: 7}).Send(background, b), ErrTooLarge)
	b.Release()
}

// TestExactlyOnce: each value that was sent is received once, from four senders to
// four receivers, some of whom give up at times, through a pipe that grows.
func TestExactlyOnce(t *testing.T) {
	values := 100_000
	if testing.Short() {
		values = 10_000
	}
	const tasks = 4
	for name, c := range map[string]PipeConfig{"count": {Count: 8}, "bytes alone": {Bytes: 3000 * 8}} {
		p := newPool(t, PoolConfig[int]{Size: 4000})
		pipe := newPipe(t, c)
		var senders, receivers sync.WaitGroup
		for i := range tasks {
			senders.Go(func() {
				for v := i; v < values; v += tasks {
					b := must(p.Acquire(background))
					*b.Ptr() = v
					ctx, cancel := context.WithTimeout(background, 10*time.Microsecond)
					for pipe.Send(ctx, b) != nil {
						cancel()
						ctx, cancel = context.WithCancel(background)
					}
					cancel()
				}
			})
		}
		got := make([][]int, tasks)
		for i := range tasks {
			receivers.Go(func() {
				for {
					ctx, cancel := context.WithTimeout(background, 20*time.Microsecond)
					b, err := pipe.Receive(ctx)
					cancel()
					if err == ErrClosed {
						return
					}
					if err == nil {
						got[i] = append(got[i], *b.Ptr())
						b.Release()
					}
				}
			})
		}
		senders.Wait()
		pipe.Close()
		receivers.Wait()
		all := slices.Sorted(slices.Values(slices.Concat(got...)))
		for i, v := range all {
			if v != i || len(all) != values {
				t.Fatalf("%s: %d values, at place %d is %d", name, len(all), i, v)
			}
		}
	}
}

func TestPipeStream(t *testing.T) {
	p := newPool(t, PoolConfig[int]{Size: 10})
	pipe := newPipe(t, PipeConfig{Count: 5})
	for range 5 {
		pipe.Send(background, must(p.Acquire(background)))
	}
	pipe.Close()
	n := 0
	for b, err := range pipe.Stream(background) {
		if err != nil || b.Release() != nil {
			t.Error(err)
		}
		n++
	}
	for _, err := range newPipe(t, PipeConfig{Count: 5}).Stream(dead()) {
		wantErr(t, "stream", err, context.Canceled)
		n++
	}
	if n != 6 {
		t.Errorf("%d turns", n)
	}
}
