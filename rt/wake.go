package rt

import "time"

// Wake says how a loop waits for its next activation. The zero value is
// [Sleep].
type Wake int64

const (
	// Sleep sleeps to the activation's absolute time.
	Sleep Wake = 0
	// Timerfd waits on a timer descriptor, for comparison with programs that
	// do; it wakes as late as Sleep. Linux only.
	Timerfd Wake = -1
)

// Hybrid sleeps until margin before the activation and spins the rest, which
// hides the kernel's wake-up path: the best of the three where the margin
// covers it (60 µs of a 250 µs period: p50 0.1 µs and p99 25 µs against 24 and
// 115 for Sleep; 2-core virtual machine, Linux 6.18 PREEMPT_DYNAMIC, FIFO,
// idle, 10 s). The margin is CPU time taken from everyone else, and at most
// half the period: the kernel throttles a real-time thread that does not sleep.
func Hybrid(margin time.Duration) Wake {
	if margin <= 0 {
		return invalidWake
	}
	return Wake(margin)
}

const invalidWake Wake = -2

// Margin is how long a Hybrid wake spins, 0 for the others.
func (w Wake) Margin() time.Duration { return time.Duration(max(0, w)) }

// String is "sleep", "timerfd" or "hybrid 60µs".
func (w Wake) String() string {
	switch {
	case w == Sleep:
		return "sleep"
	case w == Timerfd:
		return "timerfd"
	case w < 0:
		return "invalid wake"
	}
	return "hybrid " + w.Margin().String()
}
