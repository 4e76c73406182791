package suite

import (
	"context"
	"sync/atomic"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
)

const (
	// ringCapacity of every queue, peers too.
	ringCapacity = 1024
	// throughputBatch drains a queue many times over, so that its content at the
	// start has no weight.
	throughputBatch = 32 * ringCapacity
	tripBatch       = 100
	// streamBlock is an audio block at its smallest, in samples.
	streamBlock = 64
)

func rings() []bench.Benchmark {
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "spsc/rtt", Doc: "SPSC rings: a number to a thread on another core and back",
			Suites: []string{firstLight, ringSuite},
			Peers:  []string{"today/chan-rtt", "peer/c-spsc-rtt", "peer/xsync-spsc-rtt"}, RatioOf: "p99",
		}, tripBatch, spscRoundTrip),
		closed(bench.Benchmark{
			Name: "latest/read", Doc: "latest-value cell: one read of 64 B while another core publishes",
			Suites: []string{firstLight, ringSuite}, RatioOf: "p99",
		}, 1000, latestRead),
		closed(bench.Benchmark{
			Name: "spsc/throughput", Doc: "SPSC ring: one number from another core",
			Suites: []string{ringSuite},
			Peers:  []string{"today/chan-throughput", "peer/c-spsc-throughput", "peer/xsync-spsc-throughput"}, RatioOf: "mean",
		}, throughputBatch, spscThroughput),
		closed(bench.Benchmark{
			Name: "spsc/batch16", Doc: "SPSC ring: one number from another core, pushed and popped in batches of 16",
			Suites: []string{ringSuite},
			Peers:  []string{"peer/c-spsc-throughput"}, RatioOf: "mean",
		}, throughputBatch, spscBatches),
		closed(bench.Benchmark{
			Name: "stream/block64", Doc: "stream ring: one block of 64 float32 from another core",
			Suites: []string{ringSuite}, RatioOf: "mean",
		}, throughputBatch/streamBlock, streamBlocks),
		closed(bench.Benchmark{
			Name: "mpmc/throughput", Doc: "MPMC ring: one number from another core",
			Suites: []string{ringSuite},
			Peers:  []string{"today/chan-throughput", "peer/xsync-mpmc-throughput"}, RatioOf: "mean",
		}, throughputBatch, mpmcThroughput),
	}
}

// spscPair is one SPSC ring with both its ends.
type spscPair struct {
	in  *ring.Producer[uint64]
	out *ring.Consumer[uint64]
}

func newSPSC(region []byte) (spscPair, error) {
	q, err := ring.CreateSPSC[uint64](region, ringCapacity)
	if err != nil {
		return spscPair{}, err
	}
	in, err := q.Producer()
	if err != nil {
		return spscPair{}, err
	}
	out, err := q.Consumer()
	return spscPair{in, out}, err
}

func spscRoundTrip(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	size := ring.SPSCSize[uint64](ringCapacity)
	return inArena(2*size, func(region []byte) (sampler.Samples, error) {
		there, err := newSPSC(region[:size])
		if err != nil {
			return sampler.Samples{}, err
		}
		back, err := newSPSC(region[size:])
		if err != nil {
			return sampler.Samples{}, err
		}
		end, err := sampler.RunPartner(func(stop *atomic.Bool) {
			for !stop.Load() {
				if v, ok := there.out.Pop(); ok {
					back.in.Push(v)
				}
			}
		})
		if err != nil {
			return sampler.Samples{}, err
		}
		defer end()
		return plan.Run(ctx, sampler.Subject{
			Batch: func() {
				for range plan.Ops {
					spscTrip(there.in, back.out)
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					t := rt.Now()
					spscTrip(there.in, back.out)
					dst[i] = rt.Now() - t
				}
			},
		})
	})
}

func spscTrip(there *ring.Producer[uint64], back *ring.Consumer[uint64]) {
	there.Push(1)
	for {
		if _, ok := back.Pop(); ok {
			return
		}
	}
}

func spscThroughput(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(ring.SPSCSize[uint64](ringCapacity), func(region []byte) (sampler.Samples, error) {
		q, err := newSPSC(region)
		if err != nil {
			return sampler.Samples{}, err
		}
		end, err := sampler.RunPartner(func(stop *atomic.Bool) {
			for v := uint64(0); !stop.Load(); {
				if q.in.Push(v) {
					v++
				}
			}
		})
		if err != nil {
			return sampler.Samples{}, err
		}
		defer end()
		return plan.Run(ctx, sampler.Subject{Batch: func() {
			for got := 0; got < plan.Ops; {
				if _, ok := q.out.Pop(); ok {
					got++
				}
			}
		}})
	})
}

// spscBatches is spscThroughput in batches.
func spscBatches(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(ring.SPSCSize[uint64](ringCapacity), func(region []byte) (sampler.Samples, error) {
		q, err := newSPSC(region)
		if err != nil {
			return sampler.Samples{}, err
		}
		end, err := sampler.RunPartner(func(stop *atomic.Bool) {
			var batch [16]uint64
			for !stop.Load() {
				q.in.PushBatch(batch[:])
			}
		})
		if err != nil {
			return sampler.Samples{}, err
		}
		defer end()
		var batch [16]uint64
		return plan.Run(ctx, sampler.Subject{Batch: func() {
			for got := 0; got < plan.Ops; {
				got += q.out.PopBatch(batch[:])
			}
		}})
	})
}

// streamBlocks copies blocks in on one core and out on another.
func streamBlocks(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(ring.StreamSize[float32](ringCapacity), func(region []byte) (sampler.Samples, error) {
		stream, err := ring.CreateStream[float32](region, ringCapacity)
		if err != nil {
			return sampler.Samples{}, err
		}
		w, err := stream.Writer()
		if err != nil {
			return sampler.Samples{}, err
		}
		r, err := stream.Reader()
		if err != nil {
			return sampler.Samples{}, err
		}
		end, err := sampler.RunPartner(func(stop *atomic.Bool) {
			var block [streamBlock]float32
			for !stop.Load() {
				// The ring holds whole blocks, so one never wraps.
				if room, _ := w.Reserve(streamBlock); len(room) == streamBlock {
					copy(room, block[:])
					w.Commit(streamBlock)
				}
			}
		})
		if err != nil {
			return sampler.Samples{}, err
		}
		defer end()
		var block [streamBlock]float32
		return plan.Run(ctx, sampler.Subject{Batch: func() {
			for got := 0; got < plan.Ops; {
				if full, _ := r.Peek(streamBlock); len(full) == streamBlock {
					copy(block[:], full)
					r.Release(streamBlock)
					got++
				}
			}
		}})
	})
}

func mpmcThroughput(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(ring.MPMCSize[uint64](ringCapacity), func(region []byte) (sampler.Samples, error) {
		q, err := ring.CreateMPMC[uint64](region, ringCapacity)
		if err != nil {
			return sampler.Samples{}, err
		}
		end, err := sampler.RunPartner(func(stop *atomic.Bool) {
			for v := uint64(0); !stop.Load(); {
				if q.Push(v) {
					v++
				}
			}
		})
		if err != nil {
			return sampler.Samples{}, err
		}
		defer end()
		return plan.Run(ctx, sampler.Subject{Batch: func() {
			for got := 0; got < plan.Ops; {
				if _, ok := q.Pop(); ok {
					got++
				}
			}
		}})
	})
}

// latestRead reads while a thread on another core publishes without a pause,
// which is the worst that a writer can do.
func latestRead(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(ring.LatestSize[block](), func(region []byte) (sampler.Samples, error) {
		cell, err := ring.CreateLatest[block](region)
		if err != nil {
			return sampler.Samples{}, err
		}
		w, err := cell.Writer()
		if err != nil {
			return sampler.Samples{}, err
		}
		r, err := cell.Reader()
		if err != nil {
			return sampler.Samples{}, err
		}
		end, err := sampler.RunPartner(func(stop *atomic.Bool) {
			for v := (block{}); !stop.Load(); v[0]++ {
				w.Store(v)
			}
		})
		if err != nil {
			return sampler.Samples{}, err
		}
		defer end()
		return plan.Run(ctx, sampler.Subject{
			Batch: func() {
				for range plan.Ops {
					r.Load()
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					t := rt.Now()
					r.Load()
					dst[i] = rt.Now() - t
				}
			},
		})
	})
}
