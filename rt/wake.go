package rt

import "time"

// Wake says how a loop waits for its next activation. The zero value is [Sleep].
type Wake struct {
	// Method is how the thread waits.
	Method WakeMethod
	// Margin is how long before the activation a ByHybrid wake stops sleeping, and
	// spins. It is 0 for the other methods.
	Margin time.Duration
}

// WakeMethod is a way to wait for a time.
type WakeMethod uint8

const (
	// BySleep sleeps to the activation's absolute time.
	BySleep WakeMethod = iota
	// ByTimerfd waits on a timer descriptor.
	ByTimerfd
	// ByHybrid sleeps until a margin before the activation and spins the rest.
	ByHybrid
)

var (
	// Sleep sleeps to the activation's absolute time.
	Sleep = Wake{Method: BySleep}
	// Timerfd waits on a timer descriptor, for comparison with programs that
	// do; it wakes as late as Sleep. Linux only.
	Timerfd = Wake{Method: ByTimerfd}
)

// Hybrid sleeps until margin before the activation and spins the rest, which
// hides the kernel's wake-up path: the best of the three where the margin
// covers it (60 µs of a 250 µs period: p50 0.1 µs and p99 25 µs against 24 and
// 115 for Sleep; 2-core virtual machine, Linux 6.18 PREEMPT_DYNAMIC, FIFO,
// idle, 10 s). The margin is CPU time taken from all other threads, and at most
// half the period: the kernel throttles a real-time thread that does not sleep.
func Hybrid(margin time.Duration) Wake { return Wake{Method: ByHybrid, Margin: margin} }

// wakeRemedy is what to give in place of an unknown wake.
const wakeRemedy = "give Sleep, Timerfd or Hybrid with a positive margin"

// valid reports whether the margin fits the method.
func (w Wake) valid() bool {
	if w.Method == ByHybrid {
		return w.Margin > 0
	}
	return w.Method < ByHybrid && w.Margin == 0
}

// String is "sleep", "timerfd" or "hybrid 60µs".
func (w Wake) String() string {
	switch {
	case !w.valid():
		return "invalid wake"
	case w == Sleep:
		return "sleep"
	case w == Timerfd:
		return "timerfd"
	}
	return "hybrid " + w.Margin.String()
}
