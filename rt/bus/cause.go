package bus

// Cause says who held an answer up.
type Cause uint8

const (
	// Controller: the step sent its command late or not at all, or an earlier step
	// was still running when the answer should have been read.
	Controller Cause = iota
	// Kernel: this machine's kernel woke the controller late, had no room for the
	// command or the answer, or handed the answer over late.
	Kernel
	// Wire: the command left in time, and the answer arrived late or never. The
	// device and all that lies between count as wire.
	Wire

	causes
)

// String returns the cause in lower case.
func (c Cause) String() string {
	if c < causes {
		return [causes]string{"controller", "kernel", "wire"}[c]
	}
	return "unknown cause"
}

// attributeLate returns who held up an answer that was read after its period. r is
// its command, arrived when the kernel received the answer (0: unknown), read when
// the step read it, and overran that the controller was still in an earlier step at
// some time since the deadline.
//
// The rule is counterfactual: an answer that would have been in time without a delay
// is late because of that delay.
func attributeLate(r *command, deadline, arrived, read int64, overran bool) Cause {
	if arrived != 0 && arrived <= deadline {
		// It was there. Either the controller did not look or it could not.
		if overran {
			return Controller
		}
		return Kernel
	}
	if arrived == 0 {
		arrived = read
	}
	over := arrived - deadline
	step, wake := r.sent-r.woke, r.woke-r.intended
	if r.overran {
		// The wake was late because the step before ended late.
		step, wake = step+wake, 0
	}
	switch {
	case step >= over && step >= wake:
		return Controller
	case wake >= over:
		return Kernel
	case step+wake >= over && step >= wake:
		return Controller
	case step+wake >= over:
		return Kernel
	}
	return Wire
}

// attributeLost returns who lost an answer.
func attributeLost(r *command) Cause {
	if r.dropped || r.refused != nil && r.refused != ErrDown {
		return Kernel
	}
	return Wire
}
