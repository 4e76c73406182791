package fault_test

import (
	"fmt"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/fault"
)

// A plan is part of a stimulus.
func ExampleNewPlan() {
	plan, err := fault.NewPlan(
		fault.Fault{Kind: fault.Drop, Target: "controller", From: 1000, For: 500, Chance: 0.2},
		fault.Fault{Kind: fault.Bias, Target: "speed", From: 2000, For: 1000, Value: 5},
		fault.Fault{Kind: fault.Pause, Target: "controller", From: 4000, For: 50},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	stimulus := hil.Stimulus{Steps: 5000, Faults: plan, Seed: 42}
	fmt.Println(stimulus.Faults)
	// Output: 3 faults
}
