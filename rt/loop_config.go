package rt

import (
	"fmt"
	"slices"
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

// LoopConfig shapes a [Loop]. Only Period must be set.
type LoopConfig struct {
	// Name appears in errors; empty means "loop".
	Name string
	// Period is the distance of two activations.
	Period time.Duration
	// Mode selects what the loop takes and what it refuses; zero is Strict.
	Mode Mode
	// CPU that the thread runs on. Zero is AnyCPU: in Strict the next of
	// Setup's loop CPUs, else the thread's affinity stays. CPU 0 is OnCPU(0).
	// Under a Deadline policy only AnyCPU will do, and means all of them.
	CPU CPU
	// Policy is the kernel's; zero means FIFO(80), in Portable Other.
	Policy Policy
	// Wake is how the loop waits; zero is Sleep.
	Wake Wake
	// Overrun is what happens to activations whose time has passed; zero is
	// Skip.
	Overrun Overrun
	// Miss is how many deadlines may be missed; zero sets no budget.
	Miss MissBudget
	// SubSteps run inside the loop's ticks, in this order, each in every nth.
	SubSteps []SubStep
	// WarmUp is how many activations at the beginning of a run are neither recorded
	// nor held against the miss budget: after them Stats begins again from 0. First
	// calls fault pages in and grow stacks; a loop under load needs up to a second
	// to find a P whose queue is empty.
	WarmUp int
	// StopWait bounds how long a stop-the-world (ReadMemStats, a profile, a
	// collection asked for) waits for a Strict loop, and every other goroutine with
	// it: StopWait plus a few periods, or three times StopWait where the period is
	// longer than that, because such a loop sleeps in slices of StopWait. Zero
	// means 10 ms. A shorter time delays the rest of the program less. A longer one
	// saves a loop, next to goroutines that make many system calls, from checks
	// without a stop, each with a window of about 20 ns in which the runtime can
	// take its P.
	StopWait time.Duration
	// Trigger, when not nil, clocks the loop instead of Period, which then only
	// says how long an activation has: see [Trigger]. Wake and Overrun mean
	// nothing.
	Trigger Trigger
	// OnStall, when not nil, is called with the time that has passed when no step has
	// returned for StallAfter, once for each stall, on an ordinary goroutine. A step
	// cannot be stopped from outside; OnStall can only make safe what the step controls,
	// while the step may still act. An isolate can be stopped: see package rt/isolate.
	// It is not called in a maintenance window, nor for a loop with a Trigger, whose
	// device may be silent.
	OnStall func(stalled time.Duration)
	// StallAfter is at least four periods; zero means that, and 250 ms at least.
	StallAfter time.Duration
	// Recorder, when not nil, gets every wake latency, Tick.Now − Tick.Intended.
	// It belongs to the loop while Run runs.
	Recorder *record.Recorder
}

const (
	// shortestPeriod is twice the median cost of a wake-up by clock_nanosleep
	// under FIFO (22 to 25 µs; 2-core virtual machine, Linux 6.18
	// PREEMPT_DYNAMIC, 10 s at 250 µs): a shorter period is over before its
	// activation begins as often as not. NewLoop measures where a machine is
	// slower than that.
	shortestPeriod = 50 * time.Microsecond
	// shortestSleep is what a Hybrid wake must sleep of each period at least,
	// as a share of it. The kernel throttles a real-time thread that runs for
	// more than 95% of a second, with holes of 45 to 50 ms; half leaves the step
	// as much again.
	shortestSleep = 2
	// contextWait is how long a loop that is not Strict sleeps at most before it looks
	// whether its context has ended: ten wake-ups a second cost nothing that can be
	// measured.
	contextWait = 100 * time.Millisecond
	// defaultStopWait makes at most 100 looks a second; see LoopConfig.StopWait.
	defaultStopWait = 10 * time.Millisecond
)

// validate checks c and fills the zero values that do not depend on the mode.
func (c LoopConfig) validate() (LoopConfig, error) {
	if c.Name == "" {
		c.Name = "loop"
	}
	wrong := func(field string, value any, reason, remedy string) (LoopConfig, error) {
		return c, configError("LoopConfig."+field, fmt.Sprint(value), reason, remedy)
	}
	runtime, deadline := c.Policy.Reservation()
	switch {
	case c.Period <= 0:
		return wrong("Period", c.Period, "must be positive", "give the distance of two activations, e.g. time.Millisecond")
	case c.Period < shortestPeriod:
		return wrong("Period", c.Period, "is shorter than a wake-up costs", fmt.Sprintf("give at least %v", shortestPeriod))
	case c.Mode > Auto:
		return wrong("Mode", c.Mode, "is unknown", "give Strict, Cooperative, Portable or Auto")
	case !c.Policy.Valid():
		return wrong("Policy", int64(c.Policy), "is unknown", "give FIFO(1) to FIFO(99), Deadline with at least 1µs, or Other")
	case c.Policy == Other && (c.Mode == Strict || c.Mode == Cooperative):
		return wrong("Policy", c.Policy, "is no real-time policy, which "+c.Mode.String()+" needs", "give FIFO(80), or Mode Portable")
	case c.Policy > 0 && c.Mode == Portable:
		return wrong("Policy", c.Policy, "needs a privilege, which portable does without", "leave it out, or give Mode Cooperative")
	case c.Policy > reserved && (runtime < shortestRuntime || runtime > deadline || deadline > c.Period):
		return wrong("Policy", c.Policy, "does not keep 2µs ≤ runtime ≤ deadline ≤ period "+c.Period.String(), "give e.g. "+Deadline(c.Period/5, c.Period/2).String())
	case c.Policy > reserved && c.CPU != AnyCPU:
		return wrong("CPU", c.CPU, "a SCHED_DEADLINE thread must be allowed on every CPU", "leave it AnyCPU, or give Policy FIFO(80)")
	case !c.Wake.valid():
		return wrong("Wake", fmt.Sprintf("{method %d, margin %v}", c.Wake.Method, c.Wake.Margin), "is unknown", wakeRemedy)
	case c.Wake.Margin > c.Period/shortestSleep:
		return wrong("Wake", c.Wake, "spins for more than half of the period "+c.Period.String()+", and the kernel throttles real-time threads that do not sleep", "give a margin of at most "+(c.Period/shortestSleep).String())
	case c.Overrun < Stop || c.Overrun > maxCatchUp:
		return wrong("Overrun", int(c.Overrun), "is unknown", "give Skip, CatchUp(1) or more, Rebase or Stop")
	case c.WarmUp < 0:
		return wrong("WarmUp", c.WarmUp, "must not be negative", "give activations, e.g. 1000, or 0 to count from the first")
	case c.StallAfter < 0 || c.StallAfter > 0 && c.StallAfter < stallPeriods*c.Period:
		return wrong("StallAfter", c.StallAfter, "is shorter than four periods", "give "+(stallPeriods*c.Period).String()+" or more, or 0 for the default")
	case c.OnStall != nil && c.Trigger != nil:
		return wrong("OnStall", "given", "says nothing of a loop with a Trigger, whose device may be silent", "watch the device, or give no Trigger")
	case c.StopWait < 0:
		return wrong("StopWait", c.StopWait, "must not be negative", "give e.g. 10*time.Millisecond, or 0 for that")
	}
	if err := c.Miss.validate(); err != nil {
		return c, err
	}
	c.SubSteps = slices.Clone(c.SubSteps)
	for i := range c.SubSteps {
		var err error
		if c.SubSteps[i], err = c.SubSteps[i].validate(i); err != nil {
			return c, err
		}
	}
	if c.StopWait == 0 {
		c.StopWait = defaultStopWait
	}
	if c.StallAfter == 0 {
		c.StallAfter = max(defaultStallAfter, stallPeriods*c.Period)
	}
	return c, nil
}
