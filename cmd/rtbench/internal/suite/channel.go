package suite

import (
	"context"
	"sync/atomic"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
)

// ringPeers are the other ways to hand values over.
func ringPeers() []bench.Benchmark {
	withCapacity := func(run func(context.Context, int, sampler.Plan) (sampler.Samples, error)) func(context.Context, sampler.Plan) (sampler.Samples, error) {
		return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return run(ctx, ringCapacity, plan)
		}
	}
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "today/chan-rtt", Doc: "channels: a number to a thread on another core and back, both ends polling",
			Suites: []string{firstLight, today, ringSuite}, RatioOf: "p99",
		}, tripBatch, channelRoundTrip),
		closed(bench.Benchmark{
			Name: "today/chan-rtt-goroutines", Doc: "channels: a number to another goroutine and back, both ends blocking, on any core",
			Suites: []string{today, ringSuite}, RatioOf: "p99",
		}, tripBatch, goroutineRoundTrip),
		closed(bench.Benchmark{
			Name: "today/chan-throughput", Doc: "plain Go: one number from another goroutine over a channel",
			Suites: []string{ringSuite, today}, RatioOf: "mean",
		}, throughputBatch, channelThroughput),
		closed(bench.Benchmark{
			Name: "peer/c-spsc-rtt", Doc: "C queue with cached indices: a number to a thread on another core and back",
			Suites: []string{ringSuite}, RatioOf: "p99",
		}, tripBatch, withCapacity(peer.QueueRoundTrip)),
		closed(bench.Benchmark{
			Name: "peer/c-spsc-throughput", Doc: "C queue with cached indices: one number from another core",
			Suites: []string{ringSuite}, RatioOf: "mean",
		}, throughputBatch, withCapacity(peer.QueueThroughput)),
		closed(bench.Benchmark{
			Name: "peer/xsync-spsc-rtt", Doc: "xsync.SPSCQueue: a number to a thread on another core and back",
			Suites: []string{ringSuite}, RatioOf: "p99",
		}, tripBatch, withCapacity(peer.XsyncRoundTrip)),
		closed(bench.Benchmark{
			Name: "peer/xsync-spsc-throughput", Doc: "xsync.SPSCQueue: one number from another core",
			Suites: []string{ringSuite}, RatioOf: "mean",
		}, throughputBatch, withCapacity(peer.XsyncSPSC)),
		closed(bench.Benchmark{
			Name: "peer/xsync-mpmc-throughput", Doc: "xsync.MPMCQueue: one number from another core",
			Suites: []string{ringSuite}, RatioOf: "mean",
		}, throughputBatch, withCapacity(peer.XsyncMPMC)),
	}
}

// channelRoundTrip does what spsc/rtt does, with channels: two threads on two
// cores that must not park, so both ends poll. A blocking receive would add the
// waking of a thread, 76 µs a trip (2-core virtual machine, Linux 6.18).
func channelRoundTrip(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	there, back := make(chan uint64, 1), make(chan uint64, 1)
	end, err := sampler.RunPartner(func(stop *atomic.Bool) {
		for !stop.Load() {
			select {
			case v := <-there:
				back <- v
			default:
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
				channelTrip(there, back)
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				channelTrip(there, back)
				dst[i] = rt.Now() - t
			}
		},
	})
}

func channelTrip(there, back chan uint64) {
	there <- 1
	for !received(back) {
	}
}

func received(c chan uint64) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// goroutineRoundTrip is what a program does whose goroutines wait for each
// other. The scheduler then runs both on one core, so nothing crosses.
func goroutineRoundTrip(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	there, back := make(chan uint64, 1), make(chan uint64, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for v := range there {
			back <- v
		}
	}()
	s, err := plan.Run(ctx, sampler.Subject{
		Plain: true,
		Batch: func() {
			for range plan.Ops {
				there <- 1
				<-back
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				there <- 1
				<-back
				dst[i] = rt.Now() - t
			}
		},
	})
	close(there)
	<-done
	return s, err
}

func channelThroughput(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	values := make(chan uint64, ringCapacity)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for v := uint64(0); ; v++ {
			select {
			case values <- v:
			case <-stop:
				return
			}
		}
	}()
	s, err := plan.Run(ctx, sampler.Subject{
		Plain: true,
		Batch: func() {
			for range plan.Ops {
				<-values
			}
		},
	})
	close(stop)
	<-done
	return s, err
}
