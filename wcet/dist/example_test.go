package dist_test

import (
	"fmt"

	"github.com/memkit-go/memkit/wcet/dist"
)

// The tail of a latency beyond 100 µs, in nanoseconds: what does one activation
// in a billion exceed, given that one in a thousand exceeds the threshold?
func ExampleGPD() {
	tail := dist.GPD{Threshold: 100_000, Scale: 8_000, Shape: 0.05}
	fmt.Printf("%.0f ns\n", tail.SurvivalQuantile(1e-9/1e-3))
	fmt.Printf("%.2g\n", tail.Survival(259_242))
	// Output:
	// 259242 ns
	// 1e-06
}

func ExampleGEV() {
	hourly := dist.GEV{Loc: 120_000, Scale: 9_000, Shape: 0}
	fmt.Printf("%.0f ns in one hour of a thousand\n", hourly.SurvivalQuantile(1e-3))
	// Output:
	// 182165 ns in one hour of a thousand
}
