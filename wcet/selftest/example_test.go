package selftest_test

import (
	"context"
	"fmt"

	"github.com/memkit-go/memkit/wcet/selftest"
)

// How often the bounds of known distributions cover the truth.
func ExampleCoverage() {
	families, err := selftest.Coverage(context.Background(), selftest.CoverageOptions{Reps: 5, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(families[0].Name, families[0].Coverage > 0.5)
	// Output: exponential true
}
