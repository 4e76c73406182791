package wcet_test

import (
	"fmt"
	"math/rand/v2"
	"time"

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

func ExampleAnalyze() {
	a, err := wcet.Analyze(wakeUps(), wcet.Options{Targets: []float64{1e-6}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p99 := a.Quantiles[1]
	fmt.Println(a.N, "samples of", a.Processes, "processes; differ:", a.WorstProcess)
	fmt.Println("p99 limits contain 33815:", p99.Lower < 33815 && 33815 < p99.Upper)
	fmt.Println("bound supported:", a.Bounds[0].Supported)
	// Output:
	// 40000 samples of 5 processes; differ: false
	// p99 limits contain 33815: true
	// bound supported: true
}

// Samples can be judged while they are taken: errors are spent over all looks.
func ExampleSequential() {
	s := wcet.NewSequential([]wcet.Budget{{Benchmark: "loop/wake-1ms", Quantiles: []wcet.QuantileLimit{{P: 0.99, Limit: 50_000}}}})
	pop := wakeUps()
	all := pop.Latency
	for take := 1000; take <= 8000; take *= 2 {
		pop.Latency = nil
		for _, series := range all {
			series.Samples = series.Samples[:take]
			pop.Latency = append(pop.Latency, series)
		}
		_, decided, err := s.Look(map[string]wcet.Population{pop.Name: pop})
		if err != nil {
			fmt.Println(err)
			return
		}
		if decided {
			break
		}
	}
	evaluations, err := s.Final(map[string]wcet.Population{pop.Name: pop})
	fmt.Println(wcet.Overall(evaluations), err)
	// Output: PASS <nil>
}

// Whether a run is long enough is known before it starts.
func ExampleDecidable() {
	b := wcet.Budget{Benchmark: "loop", Quantiles: []wcet.QuantileLimit{{P: 0.9999, Limit: 50_000}}}
	fmt.Println(wcet.Decidable(b, 10_000))
	// Output: loop: p9999 at 95% needs ≥29,956 independent samples; the run gives 10,000; measure longer, or ask a lower quantile
}

// A failure rate an hour becomes a probability for each period.
func ExampleParseRate() {
	p, err := wcet.ParseRate("SIL4", time.Millisecond)
	fmt.Printf("%.3g %v (%s)\n", p, err, wcet.PresetNote)
	// Output: 2.78e-15 <nil> (failure-rate target, not a timing requirement of the standard)
}
