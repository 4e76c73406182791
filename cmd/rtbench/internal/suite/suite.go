package suite

import (
	"context"
	"slices"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt/record"
)

// Suites, in the order of `rtbench list`.
const (
	// firstLight is what `rtbench certify` measures unless told otherwise. Its
	// weights add up to 120, so that at the default duration a weight is a
	// number of seconds.
	firstLight    = "first-light"
	memory        = "memory"
	alloc         = "alloc"
	ringSuite     = "ring"
	loopSuite     = "loop"
	fragmentation = "fragmentation"
	today         = "today"
	appendixC     = "appendix-c"
	asyncSuite    = "async"
)

// All returns every benchmark, in the order in which reports show them.
func All() []bench.Benchmark {
	return slices.Concat(
		loops(),
		heaps(),
		ranges(),
		pools(),
		frames(),
		rings(),
		fragments(),
		appendix(),
		appendixPeers(),
		asyncs(),
		allocPeers(),
		ringPeers(),
	)
}

// closed makes a benchmark of an operation that is repeated as fast as it goes,
// ops operations a batch.
func closed(b bench.Benchmark, ops int, run func(context.Context, sampler.Plan) (sampler.Samples, error)) bench.Benchmark {
	b.Measure = func(ctx context.Context, p bench.Params) ([]record.Series, error) {
		plan := sampler.NewPlan(p.Duration, ops)
		s, err := run(ctx, plan)
		if err != nil {
			return nil, err
		}
		return s.Series(b.Name, ops), nil
	}
	return b
}

// minimal makes a benchmark of operations replayed for their least time.
func minimal(b bench.Benchmark, run func(context.Context, bench.Params) (sampler.Samples, error)) bench.Benchmark {
	b.Measure = func(ctx context.Context, p bench.Params) ([]record.Series, error) {
		s, err := run(ctx, p)
		if err != nil {
			return nil, err
		}
		return s.Series(b.Name, 1), nil
	}
	return b
}
