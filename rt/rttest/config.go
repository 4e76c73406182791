package rttest

import (
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/wcet"
)

// Latency selects the latency that is measured in each period, in nanoseconds.
type Latency uint8

const (
	// Response is from when the activation was due until the step has ended: what
	// a deadline is about.
	Response Latency = iota
	// Wake is from when the activation was due until it woke.
	Wake
)

// Config shapes [Verify]. Only Loop.Period must be set.
type Config struct {
	// Loop to certify. Its Recorder must be nil: Verify records. A WarmUp of zero
	// means 100 periods here.
	Loop rt.LoopConfig
	// Process is what rt.Setup prepares for it, in modes that need it.
	Process rt.ProcessConfig
	// Latency that the budget is about; zero is Response.
	Latency Latency
	// Duration measured in each process; zero: as long as the budget needs to be
	// decidable, threefold, and 2,000 periods at least. A tenth under `go test
	// -short`, but three times what the budget needs, where Duration has it:
	// periods that follow each other are alike, and say less than as many apart.
	Duration time.Duration
	// Processes is how many fresh processes measure, one after the other; zero
	// means 5, under `go test -short` 2. Fewer than 5 are one machine's mood:
	// memory layout and placement differ from process to process.
	Processes int
	// Advisory makes INCONCLUSIVE and UNSUPPORTED a log line instead of a test
	// failure. FAIL fails always.
	Advisory bool
}

const (
	processes      = 5
	shortProcesses = 2
	// leastPeriods are measured in a process, so that one late wake is not a
	// percent of them all.
	leastPeriods = 2000
	// warmUp periods come first by default: caches, branch predictors and the first touch of
	// pages are not what a budget is about.
	warmUp = 100
	// mostSamples bounds what a default may come to: 28 hours at 1 kHz.
	mostSamples = 100_000_000
	// setUpLimit is what a process may take beyond the time it measures. One that
	// takes longer hangs.
	setUpLimit = time.Minute
)

// plan is what Verify does.
type plan struct {
	processes, periods int // periods in each process
}

// plan checks the config and fills its zero values.
func (c Config) plan(b wcet.Budget, short bool) (plan, error) {
	switch {
	case c.Loop.Period <= 0:
		return plan{}, fmt.Errorf("rttest: Config.Loop.Period %v: must be positive; give the distance of two activations, e.g. time.Millisecond", c.Loop.Period)
	case c.Loop.Recorder != nil:
		return plan{}, errors.New("rttest: Config.Loop.Recorder: must be nil; Verify records in the processes that it starts")
	case c.Duration < 0 || c.Processes < 0:
		return plan{}, fmt.Errorf("rttest: Config.Duration %v, Processes %d: must not be negative; 0 is a good choice", c.Duration, c.Processes)
	case c.Latency > Wake:
		return plan{}, fmt.Errorf("rttest: Config.Latency %d: is unknown; give Response or Wake", c.Latency)
	case len(b.Ratios) > 0:
		return plan{}, errors.New("rttest: Budget.Ratios: there is no peer here; compare two loops with rtbench run")
	}
	if err := b.Validate(); err != nil {
		return plan{}, err
	}
	p := plan{c.Processes, int(c.Duration / c.Loop.Period)}
	if p.processes == 0 {
		p.processes = processes
		if short {
			p.processes = shortProcesses
		}
	}
	need, err := enough(b)
	if err != nil {
		return plan{}, err
	}
	each := (need + p.processes - 1) / p.processes
	if c.Duration == 0 {
		p.periods = max(leastPeriods, 3*each)
	}
	if short {
		p.periods = max(p.periods/10, min(p.periods, 3*each))
	}
	if p.periods < 1 {
		return plan{}, fmt.Errorf("rttest: Config.Duration %v: is shorter than the period %v; give seconds", c.Duration, c.Loop.Period)
	}
	return p, wcet.Decidable(b, p.processes*p.periods)
}

// enough is a number of samples that decides b, at most twice the least.
func enough(b wcet.Budget) (n int, err error) {
	for n = 64; n <= mostSamples; n *= 2 {
		if err = wcet.Decidable(b, n); err == nil {
			return n, nil
		}
	}
	return 0, err
}

// limit is how long a process may run.
func (p plan) limit(period time.Duration) time.Duration {
	return time.Duration(p.periods)*period*2 + setUpLimit
}
