package suite

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/memkit-go/memkit/async"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
)

const (
	asyncItems     = 16 // in the pool of async/acquire and its peer
	contendedItems = 4
	contendedTasks = 64
	contendedBatch = 64 * 128
	pipeCount      = 16
	pipeBatch      = 500
	// publishBatch values are published between two waits for the receivers; fewer
	// than fit, so that no publisher waits for room.
	publishBatch = 32
	publishRoom  = 64
)

// pipeBuffer is what async/pipe64k sends.
type pipeBuffer [64 << 10]byte

// touch writes to each page of a buffer, as little as a program does that uses it.
func (b *pipeBuffer) touch() {
	for i := 0; i < len(b); i += 4096 {
		b[i]++
	}
}

func asyncs() []bench.Benchmark {
	suites := []string{asyncSuite}
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "async/acquire", Doc: "async pool: one Acquire and Release, uncontended",
			Suites: suites, Peers: []string{"today/semaphore-pool"}, RatioOf: "mean",
		}, poolBatch, asyncAcquire),
		closed(bench.Benchmark{
			Name: "async/contended-busy", Doc: "async pool: one Acquire and Release of 4 items by 64 goroutines, every P busy; latency: the wait",
			Suites: suites, Peers: []string{"today/chan-items"}, RatioOf: "mean",
		}, contendedBatch, asyncContended),
		closed(bench.Benchmark{
			Name: "async/pipe64k", Doc: "async pipe: one pooled 64 KiB buffer to another goroutine and released there",
			Suites: suites, Peers: []string{"today/chan-pointers64k"}, RatioOf: "mean",
		}, pipeBatch, asyncPipe),
		closed(bench.Benchmark{
			Name: "async/broadcast1", Doc: "async broadcast: one Publish while 1 receiver polls",
			Suites: suites, RatioOf: "mean",
		}, publishBatch, asyncPublish(1)),
		closed(bench.Benchmark{
			Name: "async/broadcast8", Doc: "async broadcast: one Publish while 8 receivers poll",
			Suites: suites, Peers: []string{"today/chan-broadcast8", "async/broadcast1"}, RatioOf: "mean",
		}, publishBatch, asyncPublish(8)),
		closed(bench.Benchmark{
			Name: "async/broadcast8-total", Doc: "async broadcast: one Publish and 8 Polls, one after another",
			Suites: suites, Peers: []string{"today/chan-broadcast8-total"}, RatioOf: "mean",
		}, 1000, asyncBroadcastTotal),
		closed(bench.Benchmark{
			Name: "today/semaphore-pool", Doc: "x/sync semaphore and sync.Pool: one Acquire and Get, Put and Release",
			Suites: suites, RatioOf: "mean",
		}, poolBatch, func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return peer.SemaphorePool[block](ctx, asyncItems, plan)
		}),
		closed(bench.Benchmark{
			Name: "today/chan-items", Doc: "buffered channel of 4 items: one received and sent back by 64 goroutines, every P busy; latency: the wait",
			Suites: suites, RatioOf: "mean",
		}, contendedBatch, chanContended),
		closed(bench.Benchmark{
			Name: "today/chan-pointers64k", Doc: "channel of pointers to 64 KiB buffers from sync.Pool: one to another goroutine and put back there",
			Suites: suites, RatioOf: "mean",
		}, pipeBatch, chanPipe),
		closed(bench.Benchmark{
			Name: "today/chan-broadcast8", Doc: "8 buffered channels: one value sent to each while 8 receivers poll",
			Suites: suites, RatioOf: "mean",
		}, publishBatch, chanPublish),
		closed(bench.Benchmark{
			Name: "today/chan-broadcast8-total", Doc: "8 buffered channels: one value sent to each and received from each, one after another",
			Suites: suites, RatioOf: "mean",
		}, 1000, chanBroadcastTotal),
	}
}

func asyncAcquire(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	p, err := async.NewPool(async.PoolConfig[block]{Size: asyncItems})
	if err != nil {
		return sampler.Samples{}, err
	}
	var failed error
	pair := func() {
		b, err := p.Acquire(ctx)
		if err == nil {
			err = b.Release()
		}
		if err != nil {
			failed = err
		}
	}
	s, err := plan.Run(ctx, sampler.Subject{
		Batch: func() {
			for range plan.Ops {
				pair()
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				pair()
				dst[i] = rt.Now() - t
			}
		},
	})
	return s, errors.Join(err, failed, p.Close())
}

func asyncContended(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	p, err := async.NewPool(async.PoolConfig[block]{Size: contendedItems})
	if err != nil {
		return sampler.Samples{}, err
	}
	s, err := contended(ctx, plan, func() (wait int64) {
		t := rt.Now()
		b, err := p.Acquire(context.Background())
		wait = rt.Now() - t
		if err == nil {
			b.Ptr()[0]++
			b.Release()
		}
		return wait
	})
	return s, errors.Join(err, p.Close())
}

func chanContended(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	items := make(chan *block, contendedItems)
	for range contendedItems {
		items <- new(block)
	}
	return contended(ctx, plan, func() (wait int64) {
		t := rt.Now()
		b := <-items
		wait = rt.Now() - t
		b[0]++
		items <- b
		return wait
	})
}

// contended repeats an operation in 64 goroutines for the plan's time, while one
// goroutine for each P does nothing but run. It samples the waits of one operation in
// waitEvery, and the time of each plan.Ops operations of all.
func contended(ctx context.Context, plan sampler.Plan, operation func() (wait int64)) (sampler.Samples, error) {
	const (
		waitEvery = 61
		chunk     = 64 // operations between two additions to the sum of all
	)
	run := contention{ops: int64(plan.Ops), last: rt.Now(), end: rt.Now() + int64(plan.Rounds)*int64(plan.Round)}
	var busy, tasks sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		busy.Go(func() {
			for !run.stop.Load() {
			}
		})
	}
	for range contendedTasks {
		tasks.Go(func() {
			waits := make([]int64, 0, sampledWaits)
			for n := 1; ; n++ {
				wait := operation()
				if n%waitEvery == 0 && len(waits) < cap(waits) {
					waits = append(waits, wait)
				}
				if n%chunk == 0 && (!run.add(chunk) || ctx.Err() != nil) {
					break
				}
			}
			run.keep(waits)
		})
	}
	tasks.Wait()
	run.stop.Store(true)
	busy.Wait()
	return sampler.Samples{
		Latency: run.waits, Batch: run.batches,
		Counters: map[string]float64{"ops": float64(run.done)},
	}, ctx.Err()
}

// sampledWaits are kept of each goroutine.
const sampledWaits = 4096

// contention is the common state of a contended run.
type contention struct {
	stop atomic.Bool
	mu   sync.Mutex
	ops  int64 // of a batch
	end  int64

	done, inBatch, last int64
	batches, waits      []int64
}

// add counts n operations, and reports whether the run goes on.
func (c *contention) add(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done += n
	c.inBatch += n
	now := rt.Now()
	if c.inBatch >= c.ops {
		c.batches = append(c.batches, (now-c.last)*c.ops/c.inBatch)
		c.inBatch, c.last = 0, now
	}
	return now < c.end
}

func (c *contention) keep(waits []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, waits...)
}

func asyncPipe(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	p, err := async.NewPool(async.PoolConfig[pipeBuffer]{Size: 2 * pipeCount})
	if err != nil {
		return sampler.Samples{}, err
	}
	pipe, err := async.NewPipe[pipeBuffer](async.PipeConfig{Count: pipeCount})
	if err != nil {
		return sampler.Samples{}, err
	}
	var failed, received error
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b, err := range pipe.Stream(context.Background()) {
			if err == nil {
				b.Ptr().touch()
				err = b.Release()
			}
			if err != nil {
				received = err
			}
		}
	}()
	s, err := plan.Run(ctx, sampler.Subject{Plain: true, Batch: func() {
		for range plan.Ops {
			b, err := p.Acquire(context.Background())
			if err == nil {
				b.Ptr().touch()
				err = pipe.Send(context.Background(), b)
			}
			if err != nil {
				failed = err
			}
		}
	}})
	pipe.Close()
	<-done
	return s, errors.Join(err, failed, received, p.Close())
}

func chanPipe(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	buffers := sync.Pool{New: func() any { return new(pipeBuffer) }}
	pipe := make(chan *pipeBuffer, pipeCount)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := range pipe {
			b.touch()
			buffers.Put(b)
		}
	}()
	s, err := plan.Run(ctx, sampler.Subject{Plain: true, Batch: func() {
		for range plan.Ops {
			b := buffers.Get().(*pipeBuffer)
			b.touch()
			pipe <- b
		}
	}})
	close(pipe)
	<-done
	return s, err
}

func asyncPublish(receivers int) func(context.Context, sampler.Plan) (sampler.Samples, error) {
	return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		b, err := async.NewBroadcast[uint64](async.BroadcastConfig{Capacity: publishRoom})
		if err != nil {
			return sampler.Samples{}, err
		}
		var failed error
		polls := make([]func() bool, receivers)
		for i := range polls {
			r, err := b.Subscribe()
			if err != nil {
				return sampler.Samples{}, err
			}
			polls[i] = func() bool {
				_, ok, _ := r.Poll()
				return ok
			}
		}
		s, err := published(ctx, plan, polls, func(v uint64) {
			if err := b.Publish(context.Background(), v); err != nil {
				failed = err
			}
		})
		return s, errors.Join(err, failed, b.Close())
	}
}

func chanPublish(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	channels := make([]chan uint64, 8)
	polls := make([]func() bool, len(channels))
	for i := range channels {
		c := make(chan uint64, publishRoom)
		channels[i] = c
		polls[i] = func() bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
	}
	return published(ctx, plan, polls, func(v uint64) {
		for _, c := range channels {
			c <- v
		}
	})
}

// published times plan.Ops publications in a row, again and again, while one
// goroutine for each receiver polls. Between two rows it waits until all have
// received everything.
func published(ctx context.Context, plan sampler.Plan, polls []func() bool, publish func(uint64)) (sampler.Samples, error) {
	var stop atomic.Bool
	var receivers sync.WaitGroup
	received := make([]struct {
		n atomic.Uint64
		_ [56]byte
	}, len(polls))
	for i, poll := range polls {
		receivers.Go(func() {
			for !stop.Load() {
				if poll() {
					received[i].n.Add(1)
				} else {
					runtime.Gosched()
				}
			}
		})
	}
	sent := uint64(0)
	s, err := plan.Run(ctx, sampler.Subject{Latency: func(dst []int64) {
		for i := range dst {
			t := rt.Now()
			for range plan.Ops {
				sent++
				publish(sent)
			}
			dst[i] = rt.Now() - t
			for r := range received {
				for received[r].n.Load() < sent {
					runtime.Gosched()
				}
			}
		}
	}})
	stop.Store(true)
	receivers.Wait()
	s.Batch, s.Latency = s.Latency, nil
	return s, err
}

func asyncBroadcastTotal(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	b, err := async.NewBroadcast[uint64](async.BroadcastConfig{Capacity: publishRoom})
	if err != nil {
		return sampler.Samples{}, err
	}
	receivers := make([]*async.Receiver[uint64], 8)
	for i := range receivers {
		if receivers[i], err = b.Subscribe(); err != nil {
			return sampler.Samples{}, err
		}
	}
	var failed error
	s, err := plan.Run(ctx, sampler.Subject{Batch: func() {
		for v := range uint64(plan.Ops) {
			if err := b.Publish(context.Background(), v); err != nil {
				failed = err
			}
			for _, r := range receivers {
				if _, ok, err := r.Poll(); !ok {
					failed = errors.Join(errors.New("async/broadcast8-total: a receiver got nothing"), err)
				}
			}
		}
	}})
	return s, errors.Join(err, failed, b.Close())
}

func chanBroadcastTotal(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	channels := make([]chan uint64, 8)
	for i := range channels {
		channels[i] = make(chan uint64, publishRoom)
	}
	return plan.Run(ctx, sampler.Subject{Batch: func() {
		for v := range uint64(plan.Ops) {
			for _, c := range channels {
				c <- v
			}
			for _, c := range channels {
				<-c
			}
		}
	}})
}
