package evt_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/memkit-go/memkit/wcet/evt"
)

// latencies are exponential with a mean of 1000.
func latencies(n int) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for i := range x {
		x[i] = 1000 * rng.ExpFloat64()
	}
	return x
}

func ExampleFit() {
	r, err := evt.Fit(latencies(20_000), evt.Options{Target: 1e-6})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("supported:", r.Bound.Supported)
	fmt.Println("covers the truth, 13816:", r.Bound.Upper > 13816)
	fmt.Println("takes account of modes from a share of", r.RarestMode)
	// Output:
	// supported: true
	// covers the truth, 13816: true
	// takes account of modes from a share of 0.001
}

// Every refusal says why.
func ExampleFit_refused() {
	x := latencies(20_000)
	for i := range x {
		x[i] += float64(i) / 10 // the machine slows down
	}
	r, err := evt.Fit(x, evt.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Bound.Supported, len(r.Bound.Reasons) > 0)
	// Output: false true
}

// Maxima of blocks of 100 values, as a second opinion.
func ExampleOptions() {
	r, err := evt.Fit(latencies(40_000), evt.Options{Model: evt.ModelGEV, Block: 100, Target: 1e-4})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.GEV.Maxima, "maxima; covers the truth, 9210:", r.Bound.Upper > 9210)
	// Output: 400 maxima; covers the truth, 9210: true
}

// A sample is prepared once for several bounds.
func ExampleNewSample() {
	s := evt.NewSample([][]float64{latencies(20_000)})
	fit, err := s.Estimate(evt.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range []float64{1e-4, 1e-5, 1e-6} {
		b := fit.Bound(p, 0.95, evt.MaxExtrapolation)
		fmt.Printf("p = %.0e: supported %v, estimate below limit %v\n", p, b.Supported, b.Value < b.Upper)
	}
	// Output:
	// p = 1e-04: supported true, estimate below limit true
	// p = 1e-05: supported true, estimate below limit true
	// p = 1e-06: supported true, estimate below limit true
}
