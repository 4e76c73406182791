package wcet_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// wakeUps stands for what rtbench run measured: five fresh processes of a loop.
func wakeUps() wcet.Population {
	pop := wcet.Population{Name: "loop/wake-1ms", Unit: "ns"}
	for process := range 5 {
		rng := rand.New(rand.NewPCG(1, uint64(process)))
		s := record.Series{Name: pop.Name, Kind: record.Latency, Unit: "ns", Process: process, Ops: 1,
			Counters: map[string]float64{"skipped": 0}}
		for range 8000 {
			s.Samples = append(s.Samples, int64(20_000+3_000*rng.ExpFloat64()))
		}
		pop.Latency = append(pop.Latency, s)
	}
	return pop
}

func ExampleEvaluate() {
	budget := wcet.Budget{
		Benchmark:  "loop/wake-1ms",
		Quantiles:  []wcet.QuantileLimit{{P: 0.999, Limit: 50_000}, {P: 0.99, Limit: 25_000}},
		Exceedance: &wcet.ExceedanceLimit{P: 1e-6, Limit: 150_000},
		Counts:     []wcet.CountLimit{{Counter: "skipped", Limit: 0}},
	}
	pop := wakeUps()
	evaluations, err := wcet.Evaluate([]wcet.Budget{budget}, map[string]wcet.Population{pop.Name: pop})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, check := range evaluations[0].Checks {
		fmt.Println(check.Metric, check.Verdict)
	}
	fmt.Println(wcet.Overall(evaluations))
	// Output:
	// p999 PASS
	// p99 FAIL
	// exceedance@1e-06 PASS
	// count/skipped PASS
	// FAIL
}

func ExampleFit() {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 20_000)
	for i := range x {
		x[i] = 1000 * rng.ExpFloat64()
	}
	r, err := wcet.Fit(x, wcet.FitOptions{Target: 1e-6})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("supported:", r.Bound.Supported)
	fmt.Println("covers the truth, 13816:", r.Bound.Upper > 13816)
	// Output:
	// supported: true
	// covers the truth, 13816: true
}
