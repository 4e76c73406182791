package suite

import (
	"context"
	"errors"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// A pair in device memory: a block of 256 MiB in which 100 ranges are live.
const (
	rangeSpace = 256 << 20
	rangeSize  = 64 << 10
	rangeAlign = 256
)

// liveRanges are 256 B to 1 MiB.
func liveRanges() []int {
	sizes := make([]int, 100)
	for i := range sizes {
		sizes[i] = rangeAlign << (i % 13)
	}
	return sizes
}

func ranges() []bench.Benchmark {
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "ranges/pair", Doc: "offsets of device memory: one allocation and free of 64 KiB, 100 live",
			Suites: []string{alloc}, Peers: []string{"peer/vkngwrapper-pair"}, RatioOf: "mean",
		}, traceBatch, rangesPair),
		closed(bench.Benchmark{
			Name: "peer/vkngwrapper-pair", Doc: "vkngwrapper's memutils: one allocation and free of 64 KiB, 100 live",
			Suites: []string{alloc}, RatioOf: "mean",
		}, traceBatch, func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return peer.VkngwrapperPair(ctx, rangeSpace, rangeSize, rangeAlign, liveRanges(), plan)
		}),
	}
}

func rangesPair(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	r, err := tlsf.NewRanges(tlsf.RangesConfig{Size: rangeSpace, Granule: rangeAlign, MaxRanges: 1024})
	if err != nil {
		return sampler.Samples{}, err
	}
	for _, n := range liveRanges() {
		if _, err := r.Alloc(uint64(n), rangeAlign); err != nil {
			return sampler.Samples{}, err
		}
	}
	p := rangePair{ranges: r}
	s, err := plan.Run(ctx, sampler.Subject{
		Batch: func() {
			for range plan.Ops {
				p.pair()
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				p.pair()
				dst[i] = rt.Now() - t
			}
		},
	})
	return s, errors.Join(err, p.err)
}

// rangePair is the allocator and the first error of any call.
type rangePair struct {
	ranges *tlsf.Ranges
	err    error
}

func (p *rangePair) pair() {
	x, err := p.ranges.Alloc(rangeSize, rangeAlign)
	if err == nil {
		err = p.ranges.Free(x)
	}
	if err != nil && p.err == nil {
		p.err = err
	}
}
