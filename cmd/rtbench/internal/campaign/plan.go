package campaign

import (
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

const (
	// MinProcesses is the fewest fresh processes a benchmark is measured in: the
	// between-process test has nothing to compare below it.
	MinProcesses = 5
	// minShare is the shortest useful measurement of one process. Below it the
	// first scheduler tick outweighs everything measured.
	minShare = 10 * time.Millisecond
)

// Config asks for a [Plan].
type Config struct {
	// Benches to measure, in the catalogue's order; at least one.
	Benches []bench.Benchmark
	// Processes per benchmark; zero means [MinProcesses], fewer are refused.
	Processes int
	// Duration measured in total, set-up excluded, shared out by weight.
	Duration time.Duration
}

// Plan is what a campaign will do, before it does anything.
type Plan struct {
	Config
	// Jobs in the order in which they will run.
	Jobs []Job
}

// Job is the work of one fresh process.
type Job struct {
	Bench bench.Benchmark
	// Process numbers the benchmark's processes from 0.
	Process int
	Params  bench.Params
}

// NewPlan shares the duration out and fixes the order.
func NewPlan(c Config) (*Plan, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	for _, b := range c.Benches {
		if d := c.share(b); d < minShare {
			need := time.Duration(float64(c.Duration) * float64(minShare) / float64(max(d, 1)))
			return nil, fmt.Errorf("duration %v: leaves %v for each process of %s, at least %v are needed; give %v or select fewer benchmarks",
				c.Duration, d, b.Name, minShare, roundUp(need))
		}
	}
	return newPlan(c), nil
}

// NewOpenPlan is a plan for programs that end by themselves: Duration is zero.
func NewOpenPlan(c Config) (*Plan, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	c.Duration = 0
	return newPlan(c), nil
}

func (c Config) checked() (Config, error) {
	if c.Processes == 0 {
		c.Processes = MinProcesses
	}
	if c.Processes < MinProcesses {
		return c, fmt.Errorf("%d processes: must be ≥%d; fewer cannot show whether processes differ", c.Processes, MinProcesses)
	}
	if len(c.Benches) == 0 {
		return c, errors.New("nothing to measure: the selection is empty")
	}
	return c, nil
}

// newPlan lists the jobs round by round. Round r starts with another benchmark,
// so that over all rounds each one sits early, in the middle and late.
func newPlan(c Config) *Plan {
	p := &Plan{Config: c}
	n := len(c.Benches)
	for round := range c.Processes {
		first := round * n / c.Processes
		for i := range n {
			b := c.Benches[(first+i)%n]
			p.Jobs = append(p.Jobs, Job{
				Bench:   b,
				Process: round,
				Params:  bench.Params{Duration: c.share(b), Seed: uint64(round) + 1},
			})
		}
	}
	return p
}

// share is what one process of b gets of the duration.
func (c Config) share(b bench.Benchmark) time.Duration {
	total := 0.0
	for _, o := range c.Benches {
		total += weight(o)
	}
	return time.Duration(float64(c.Duration) * weight(b) / total / float64(c.Processes))
}

func weight(b bench.Benchmark) float64 {
	if b.Weight == 0 {
		return 1
	}
	return b.Weight
}

// Samples is how many latencies the plan will give of b, or 0 where that is not
// known in advance because b is not periodic.
func (p *Plan) Samples(b bench.Benchmark) int {
	if b.Period == 0 {
		return 0
	}
	return p.Processes * int(p.share(b)/b.Period)
}

func roundUp(d time.Duration) time.Duration {
	return (d + 100*time.Millisecond - 1).Truncate(100 * time.Millisecond)
}
