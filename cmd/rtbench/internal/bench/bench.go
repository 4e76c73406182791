// Package bench says what a benchmark is and selects from a catalogue of them.
package bench

import (
	"context"
	"errors"
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

// Benchmark is one named measurement. Names are globally unique and permanent:
// budgets in users' repositories refer to them.
type Benchmark struct {
	// Name, "loop/wake-1ms".
	Name string
	// Doc is one line for `rtbench list`.
	Doc string
	// Suites are labels: "memory", "ring", "loop", "today".
	Suites []string
	// Peers are benchmarks that this one's ratios are printed against, when
	// they are part of the same run. The first is its "today".
	Peers []string
	// RatioOf is the metric that ratios compare: "mean" or "p99".
	RatioOf string
	// Weight is the benchmark's share of a run's duration relative to others;
	// zero means 1.
	Weight float64
	// Period is the distance of two activations of a periodic benchmark, zero for
	// the others. From it a plan knows how many samples it will get.
	Period time.Duration
	// Measure runs in a fresh process and returns that process's series, at
	// most one of each kind.
	Measure func(context.Context, Params) ([]record.Series, error)
}

// Params is what a run asks of a benchmark.
type Params struct {
	// Duration to measure for; set-up comes on top.
	Duration time.Duration
	// Seed makes the process's pseudo-random choices reproducible.
	Seed uint64
}

// ErrUnavailable wraps the reason why this machine cannot measure a benchmark
// (no C compiler at build time, no privilege). The run goes on without it and
// the report shows the reason.
var ErrUnavailable = errors.New("not available here")
