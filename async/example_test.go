package async_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/memkit-go/memkit/async"
	"github.com/memkit-go/memkit/core"
)

type order struct{ ID, Price int64 }

var orders = core.MustType[order]()

// A pool makes callers wait when all items are in use; its handles are stale after
// their release.
func ExamplePool() {
	ctx := context.Background()
	p, err := async.NewPool(async.PoolConfig[order]{Size: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	o, _ := p.Acquire(ctx)
	o.Ptr().ID = 7
	go o.Release() // another goroutine is done with it
	next, err := p.Acquire(ctx)
	_, stale := o.Get()
	fmt.Println(err, errors.Is(stale, async.ErrStale))
	next.Release()
	fmt.Println(p.Close())
	// Output:
	// <nil> true
	// <nil>
}

// An item that its holder declared idle can be evicted when it is needed.
func ExampleBox_Idle() {
	ctx := context.Background()
	p, _ := async.NewPool(async.PoolConfig[order]{
		Size: 1, Full: async.Evict,
		OnEvict: func(o *order) { fmt.Println("evicted", o.ID) },
	})
	cached, _ := p.Acquire(ctx)
	cached.Ptr().ID = 1
	cached.Idle()
	fresh, _ := p.Acquire(ctx)
	fmt.Println(errors.Is(cached.Pin(), async.ErrStale))
	fresh.Release()
	// Output:
	// evicted 1
	// true
}

// A frame ends when all who hold a part of it have released it, and names them if
// they do not in time.
func ExampleFrames() {
	ctx := context.Background()
	frames, err := async.NewFrames(async.FramesConfig{Name: "requests"})
	if err != nil {
		fmt.Println(err)
		return
	}
	frame, _ := frames.Begin(ctx)
	list, _ := async.Make(ctx, frame.Tagged("parser"), orders, 100)
	limit, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	var held *async.HeldError
	if errors.As(frame.End(limit), &held) {
		h := held.Holders[0]
		fmt.Println(h.Tag, h.Bytes, strings.Contains(h.Site, "example_test.go:"))
	}
	list.Release()
	fmt.Println(frame.End(ctx), list.Slice() == nil)
	frames.Close()
	// Output:
	// parser 1600 true
	// <nil> true
}

// Sending a box makes the sender's handle stale.
func ExamplePipe() {
	ctx := context.Background()
	p, _ := async.NewPool(async.PoolConfig[order]{Size: 4})
	pipe, _ := async.NewPipe[order](async.PipeConfig{Count: 2})
	o, _ := p.Acquire(ctx)
	o.Ptr().Price = 100
	fmt.Println(pipe.Send(ctx, o), errors.Is(o.Release(), async.ErrStale))
	pipe.Close()
	for received, err := range pipe.Stream(ctx) {
		fmt.Println(received.Ptr().Price, err)
		received.Release()
	}
	// Output:
	// <nil> true
	// 100 <nil>
}

// A slow receiver misses the oldest values, and knows how many.
func ExampleBroadcast() {
	ctx := context.Background()
	b, _ := async.NewBroadcast[int](async.BroadcastConfig{Capacity: 4, Lag: async.DropOldest})
	r, _ := b.Subscribe()
	for i := range 10 {
		b.Publish(ctx, i)
	}
	b.Close()
	for v, err := range r.Stream(ctx) {
		fmt.Print(v, " ", err, "; ")
	}
	fmt.Println("missed", r.Missed())
	// Output: 7 <nil>; 8 <nil>; 9 <nil>; missed 7
}

// The first error cancels the other goroutines, and the deferred functions run.
func ExampleRun() {
	err := async.Run(context.Background(), func(s *async.Scope) error {
		s.Defer(func() { fmt.Println("released") })
		s.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		s.Go(func(context.Context) error { return errors.New("no connection") })
		return nil
	})
	fmt.Println(err)
	// Output:
	// released
	// no connection
}

// Blocks that a task allocated end with the task.
func ExampleTask() {
	heap, err := async.NewHeap(async.HeapConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, task, _ := async.NewTask(context.Background(), "request")
	block, _ := async.TaskOf(ctx).Allocator(heap).Alloc(ctx, 1000)
	fmt.Println(len(block.Bytes()), task.Name())
	task.End()
	fmt.Println(block.Bytes() == nil, heap.Close())
	// Output:
	// 1000 request
	// true <nil>
}

// A budget of bytes bounds what goroutines use together.
func ExampleBytes() {
	ctx := context.Background()
	b, _ := async.NewBytes(1 << 20)
	fmt.Println(b.Acquire(ctx, 1<<19), b.WouldBlock(1<<20), b.Used())
	b.Release(1 << 19)
	fmt.Println(b.Acquire(ctx, 1<<21))
	// Output:
	// <nil> true 524288
	// async: the request exceeds the whole capacity; ask for less, or raise the capacity
}

// A vector grows within its heap.
func ExampleVec() {
	ctx := context.Background()
	heap, _ := async.NewHeap(async.HeapConfig{})
	v, _ := async.NewVec(ctx, heap, orders, 1)
	for i := range int64(3) {
		v.Push(ctx, order{ID: i})
	}
	fmt.Println(v.Len(), v.Slice()[2].ID)
	v.Release()
	fmt.Println(heap.Close())
	// Output:
	// 3 2
	// <nil>
}
