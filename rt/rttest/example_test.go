package rttest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/rttest"
	"github.com/memkit-go/memkit/wcet"
)

// A test of yours that certifies a loop.
func ExampleVerify() {
	_ = func(t *testing.T) { // TestControlLoop
		speed := 0.0
		step := func(tick *rt.Tick) error {
			speed += 0.01 * (1 - speed)
			return nil
		}
		rttest.Verify(t, rttest.Config{
			Loop: rt.LoopConfig{Period: time.Millisecond},
		}, step, wcet.Budget{
			Quantiles: []wcet.QuantileLimit{{P: 0.99, Limit: 200_000}}, // ns
			Counts:    []wcet.CountLimit{{Counter: "lost_p", Limit: 0}},
		})
	}
}

// A controller that integrates over the periods it lost, tested in virtual time:
// its third step takes too long.
func ExampleRun() {
	clock := &rttest.Clock{}
	distance := 0.0
	err := rttest.Run(clock, rt.LoopConfig{Period: 10 * time.Millisecond}, 5, func(t *rt.Tick) error {
		distance += 0.01 * float64(1+t.Skipped) // metres, at 1 m/s
		if t.Index == 2 {
			clock.Advance(25 * time.Millisecond)
		}
		fmt.Printf("period %d: %.2f m\n", t.Index, distance)
		return nil
	})
	fmt.Println(err)
	// Output:
	// period 0: 0.01 m
	// period 1: 0.02 m
	// period 2: 0.03 m
	// period 5: 0.06 m
	// period 6: 0.07 m
	// <nil>
}
