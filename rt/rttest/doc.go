// Package rttest tests real-time loops with go test.
//
// [Verify] certifies a loop on the machine that runs the test: it measures the
// loop in fresh processes of its own and fails the test unless the latencies keep
// a budget with the budget's confidence.
//
//	func TestControlLoop(t *testing.T) {
//		step := newController().step
//		rttest.Verify(t, rttest.Config{
//			Loop: rt.LoopConfig{Period: time.Millisecond},
//		}, step, wcet.Budget{
//			Quantiles: []wcet.QuantileLimit{{P: 0.99, Limit: 200_000}},
//			Counts:    []wcet.CountLimit{{Counter: "lost_p", Limit: 0}},
//		})
//	}
//
// [Run] drives a step in virtual time, for tests of what it computes: nothing
// waits, and every run is the same.
package rttest
