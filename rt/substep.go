package rt

import (
	"fmt"
	"sync/atomic"
)

// SubStep is a step that runs in every nth period of a loop, on its thread and after
// its own step: a 100 Hz planner in a 1 kHz loop.
type SubStep struct {
	// Name appears in errors and SubStepStats; empty means "substep" and its number.
	Name string
	// Every is how many periods of the loop one of the substep's takes, and Offset
	// the first of them, 0 ≤ Offset < Every. Substeps with the same Every and
	// different Offsets share the load out.
	Every, Offset int
	// Step is called as the loop's own is, under the same rules, and its error
	// ends the loop. Its Tick is in the substep's terms: Index counts the substep's
	// periods, Intended is when the loop's activation was due that it belongs to,
	// Deadline is Every periods later and Skipped is the substep's.
	//
	// When the loop skips the activation at which a substep is due, the substep runs
	// once in the next one that is not skipped. Its other activations that were due
	// meanwhile are dropped, and counted in its own Skipped.
	Step func(*Tick) error
}

// SubStepStats counts what became of a substep in the current or last run.
type SubStepStats struct {
	Name string
	// Ticks is how many steps were called, Skipped how many activations dropped.
	Ticks, Skipped int64
}

// maxEvery keeps a substep's due index far from the end of int64.
const maxEvery = 1 << 30

// validate checks the substep with number i and fills its zero values.
func (c SubStep) validate(i int) (SubStep, error) {
	field := fmt.Sprintf("LoopConfig.SubSteps[%d].", i)
	switch {
	case c.Every < 1 || c.Every > maxEvery:
		return c, configError(field+"Every", fmt.Sprint(c.Every), "must be 1 or more", "give how many periods of the loop the substep's takes, e.g. 10")
	case c.Offset < 0 || c.Offset >= c.Every:
		return c, configError(field+"Offset", fmt.Sprint(c.Offset), fmt.Sprintf("must be 0 to Every−1, %d", c.Every-1), "give the first period that the substep runs in")
	case c.Step == nil:
		return c, configError(field+"Step", "nil", "there is nothing to call", "give a func(*rt.Tick) error")
	}
	if c.Name == "" {
		c.Name = fmt.Sprintf("substep %d", i)
	}
	return c, nil
}

// subStep is a SubStep in a loop.
type subStep struct {
	SubStep
	due            int64 // index of the loop's period that it is due in next
	tick           Tick
	ticks, skipped atomic.Int64
}

// begin prepares the substep for a run.
func (c *subStep) begin(l *Loop, config SubStep) {
	c.SubStep, c.due, c.tick = config, int64(config.Offset), Tick{loop: l}
	c.forget()
}

// forget sets its counts to 0.
func (c *subStep) forget() {
	c.ticks.Store(0)
	c.skipped.Store(0)
}

// run calls the substep's step if it is due in t's period.
func (c *subStep) run(t *Tick, period int64) error {
	if t.Index < c.due {
		return nil
	}
	every := int64(c.Every)
	skipped := (t.Index - c.due) / every
	c.due += skipped * every
	c.tick.Index += skipped
	c.tick.Intended = t.Intended - (t.Index-c.due)*period
	c.tick.Now = t.Now
	c.tick.Skipped = skipped
	c.tick.Deadline = c.tick.Intended + every*period
	c.ticks.Add(1)
	c.skipped.Add(skipped)
	err := c.Step(&c.tick)
	c.due += every
	c.tick.Index++
	return err
}
