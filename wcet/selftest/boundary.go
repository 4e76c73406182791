package selftest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
)

// Boundary counts the verdicts of sequential judgements of a budget that lies at
// the truth itself, where either verdict is wrong.
type Boundary struct {
	Runs int `json:"runs"`
	// Pass and Fail count runs that ended so; the intervals are two-sided 95% ones of
	// their shares.
	Pass   int        `json:"pass"`
	Fail   int        `json:"fail"`
	PassCI [2]float64 `json:"pass_ci"`
	FailCI [2]float64 `json:"fail_ci"`
}

const (
	// boundaryQuantile is what the budget limits: common enough to be decided by a
	// few hundred samples.
	boundaryQuantile = 0.9
	// boundarySamples at the first look, boundaryMost at the last; each look doubles.
	boundarySamples, boundaryMost = 100, 1600
)

// boundary judges samples again and again while they are drawn, as `rtbench run
// --until-decided` does, in opt.Sequential runs.
func boundary(ctx context.Context, opt Options, count func()) (Boundary, error) {
	verdicts := make([]wcet.Verdict, opt.Sequential)
	errs := make([]error, opt.Sequential)
	limit := -syntheticScale * math.Log1p(-boundaryQuantile)
	parallel.For(ctx, opt.Sequential, func(run int) {
		rng := rand.New(rand.NewPCG(opt.Seed, 1<<62|uint64(run)))
		verdicts[run], errs[run] = watched(rng, limit)
		count()
	})
	result := Boundary{Runs: opt.Sequential}
	if ctx.Err() != nil {
		return result, context.Cause(ctx)
	}
	for run, v := range verdicts {
		switch {
		case errs[run] != nil:
			return result, fmt.Errorf("selftest: sequential looks, run %d: %w", run, errs[run])
		case v == wcet.Pass:
			result.Pass++
		case v == wcet.Fail:
			result.Fail++
		}
	}
	result.PassCI = shareInterval(result.Pass, result.Runs)
	result.FailCI = shareInterval(result.Fail, result.Runs)
	return result, nil
}

// watched is the verdict at which a sequential judgement of exponential latencies
// stops.
func watched(rng *rand.Rand, limit float64) (wcet.Verdict, error) {
	const name = "boundary"
	s := wcet.NewSequential([]wcet.Budget{{Benchmark: name, Quantiles: []wcet.QuantileLimit{{P: boundaryQuantile, Limit: limit}}}})
	series := record.Series{Name: name, Kind: record.Latency, Unit: "ns", Ops: 1}
	verdict := wcet.Inconclusive
	for n := boundarySamples; n <= boundaryMost; n *= 2 {
		for len(series.Samples) < n {
			series.Samples = append(series.Samples, int64(syntheticScale*rng.ExpFloat64()))
		}
		pops := map[string]wcet.Population{name: {Name: name, Unit: "ns", Latency: []record.Series{series}}}
		evaluations, decided, err := s.Look(pops)
		if err != nil {
			return "", err
		}
		if verdict = wcet.Overall(evaluations); decided {
			break
		}
	}
	return verdict, nil
}
