package peer

import (
	"context"
	"sync/atomic"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/puzpuzpuz/xsync/v4"
)

// XsyncRoundTrip sends a number to another core and back over two xsync SPSC
// queues.
func XsyncRoundTrip(ctx context.Context, capacity int, plan sampler.Plan) (sampler.Samples, error) {
	there, back := xsync.NewSPSCQueue[uint64](capacity), xsync.NewSPSCQueue[uint64](capacity)
	end, err := sampler.RunPartner(func(stop *atomic.Bool) {
		for !stop.Load() {
			if v, ok := there.TryDequeue(); ok {
				back.TryEnqueue(v)
			}
		}
	})
	if err != nil {
		return sampler.Samples{}, err
	}
	defer end()
	p := xsyncPair{there: there, back: back}
	return plan.Run(ctx, sampler.Subject{
		Batch: func() {
			for range plan.Ops {
				p.trip()
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				p.trip()
				dst[i] = rt.Now() - t
			}
		},
	})
}

type xsyncPair struct{ there, back *xsync.SPSCQueue[uint64] }

func (p *xsyncPair) trip() {
	p.there.TryEnqueue(1)
	for {
		if _, ok := p.back.TryDequeue(); ok {
			return
		}
	}
}

// XsyncSPSC takes numbers that another core puts, through one xsync SPSC queue.
func XsyncSPSC(ctx context.Context, capacity int, plan sampler.Plan) (sampler.Samples, error) {
	queue := xsync.NewSPSCQueue[uint64](capacity)
	end, err := sampler.RunPartner(func(stop *atomic.Bool) {
		for v := uint64(0); !stop.Load(); {
			if queue.TryEnqueue(v) {
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
			if _, ok := queue.TryDequeue(); ok {
				got++
			}
		}
	}})
}

// XsyncMPMC takes numbers that another core puts, through one xsync MPMC queue.
func XsyncMPMC(ctx context.Context, capacity int, plan sampler.Plan) (sampler.Samples, error) {
	queue := xsync.NewMPMCQueue[uint64](capacity)
	end, err := sampler.RunPartner(func(stop *atomic.Bool) {
		for v := uint64(0); !stop.Load(); {
			if queue.TryEnqueue(v) {
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
			if _, ok := queue.TryDequeue(); ok {
				got++
			}
		}
	}})
}
