package hil

import (
	"fmt"
	"time"
)

// Tick is one step of a rig in simulated time, in whole nanoseconds, so that no
// rounding adds up: the time of step n is n periods exactly.
type Tick struct {
	// Step numbers the steps of a run from 0.
	Step int64
	// Time is when the step begins, in ns since the run began.
	Time int64
	// Period is the step's length in ns. A [Plant] is called with 0 once, before the
	// first step: it then writes its outputs and moves no further.
	Period int64
}

// String is the step and its time: "step 1200 (1.2s)".
func (t Tick) String() string { return fmt.Sprintf("step %d (%v)", t.Step, time.Duration(t.Time)) }
