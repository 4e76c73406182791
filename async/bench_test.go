package async

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func BenchmarkAcquire(b *testing.B) {
	p := must(NewPool(PoolConfig[[64]byte]{Size: 16}))
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		x, _ := p.Acquire(ctx)
		x.Release()
	}
}

func BenchmarkAcquireCancellable(b *testing.B) {
	p := must(NewPool(PoolConfig[[64]byte]{Size: 16}))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for b.Loop() {
		x, _ := p.Acquire(ctx)
		x.Release()
	}
}

func BenchmarkSyncPool(b *testing.B) {
	p := sync.Pool{New: func() any { return new([64]byte) }}
	for b.Loop() {
		x := p.Get().(*[64]byte)
		p.Put(x)
	}
}

func contend(b *testing.B, busy bool, op func()) {
	if busy {
		var stop atomic.Bool
		defer stop.Store(true)
		for range runtime.GOMAXPROCS(0) {
			go func() {
				for !stop.Load() {
				}
			}()
		}
	}
	var w sync.WaitGroup
	n := b.N/64 + 1
	b.ResetTimer()
	for range 64 {
		w.Go(func() {
			for range n {
				op()
			}
		})
	}
	w.Wait()
}

func BenchmarkContended(b *testing.B) {
	for _, busy := range []bool{false, true} {
		name := map[bool]string{false: "idle", true: "busy"}[busy]
		b.Run("pool-"+name, func(b *testing.B) {
			p := must(NewPool(PoolConfig[[64]byte]{Size: 4}))
			contend(b, busy, func() {
				x := must(p.Acquire(context.Background()))
				x.Ptr()[0]++
				x.Release()
			})
			b.Log(p.Stats())
		})
		b.Run("chan-"+name, func(b *testing.B) {
			c := make(chan *[64]byte, 4)
			for range 4 {
				c <- new([64]byte)
			}
			contend(b, busy, func() {
				x := <-c
				x[0]++
				c <- x
			})
		})
	}
}

type buffer [64 << 10]byte

func BenchmarkPipe(b *testing.B) {
	p := must(NewPool(PoolConfig[buffer]{Size: 32}))
	pipe := must(NewPipe[buffer](PipeConfig{Count: 16}))
	ctx := context.Background()
	go func() {
		for range b.N {
			x := must(p.Acquire(ctx))
			x.Ptr()[0]++
			pipe.Send(ctx, x)
		}
	}()
	for range b.N {
		x := must(pipe.Receive(ctx))
		x.Ptr()[1]++
		x.Release()
	}
}

func BenchmarkPipeChan(b *testing.B) {
	p := sync.Pool{New: func() any { return new(buffer) }}
	pipe := make(chan *buffer, 16)
	go func() {
		for range b.N {
			x := p.Get().(*buffer)
			x[0]++
			pipe <- x
		}
	}()
	for range b.N {
		x := <-pipe
		x[1]++
		p.Put(x)
	}
}

func BenchmarkBroadcast(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(map[int]string{1: "1", 8: "8"}[n], func(b *testing.B) {
			x := must(NewBroadcast[int](BroadcastConfig{}))
			var rs []*Receiver[int]
			for range n {
				rs = append(rs, must(x.Subscribe()))
			}
			for i := range b.N {
				x.Publish(context.Background(), i)
				for _, r := range rs {
					r.Poll()
				}
			}
		})
	}
	b.Run("publish-8", func(b *testing.B) {
		x := must(NewBroadcast[int](BroadcastConfig{Lag: DropOldest}))
		for range 8 {
			must(x.Subscribe())
		}
		for i := range b.N {
			x.Publish(context.Background(), i)
		}
	})
	b.Run("chan-8", func(b *testing.B) {
		var cs []chan int
		for range 8 {
			cs = append(cs, make(chan int, 64))
		}
		for i := range b.N {
			for _, c := range cs {
				c <- i
			}
			for _, c := range cs {
				<-c
			}
		}
	})
}
