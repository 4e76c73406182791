package rttest

import (
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
)

// Clock is a virtual clock: time passes when it is told to. The zero value stands
// at 0 and never wakes anybody late. One goroutine may use it.
type Clock struct {
	// Late, when not nil, is how late the loop wakes for the period with that
	// index.
	Late func(index int64) time.Duration

	now int64
}

// Now is the time in nanoseconds, as rt.Now is in a real loop.
func (c *Clock) Now() int64 { return c.now }

// Advance lets d pass: what a step takes, when a step calls it. A negative d is
// ignored.
func (c *Clock) Advance(d time.Duration) { c.now += max(0, int64(d)) }

// Run calls step for n activations of a loop in virtual time, the first one
// period from the clock's time. Of the loop's config, Period and Overrun count.
// Ticks are those of a real loop that wakes and ends its steps at these times:
// what a step learns of skipped periods and deadlines is the same. It returns nil
// after n activations or for a step that returned rt.ErrStop, the step's error,
// [rt.ErrOverrun] where the policy Stop met an overrun, or a mistake in its
// arguments.
func Run(clock *Clock, c rt.LoopConfig, n int, step func(*rt.Tick) error) error {
	period := int64(c.Period)
	switch {
	case period <= 0:
		return fmt.Errorf("rttest: LoopConfig.Period %v: must be positive; give the distance of two activations, e.g. time.Millisecond", c.Period)
	case clock == nil || step == nil || n < 0:
		return fmt.Errorf("rttest: Run needs a clock, a step and a number of activations; it has %v, %t and %d", clock, step != nil, n)
	}
	tick := rt.Tick{Intended: clock.now + period}
	for range n {
		clock.now = max(clock.now, tick.Intended)
		if clock.Late != nil {
			clock.Advance(clock.Late(tick.Index))
		}
		tick.Now, tick.Deadline = clock.now, tick.Intended+period
		given := tick // a step may write to what it is given
		if err := step(&given); errors.Is(err, rt.ErrStop) {
			return nil
		} else if err != nil {
			return err
		}
		next, skipped, missed := following(c.Overrun, tick.Intended, clock.now, period)
		if missed > 0 && c.Overrun == rt.Stop {
			return errkind.Errorf(rt.ErrOverrun, "rttest: period %d ended %d ns after its deadline", tick.Index, clock.now-tick.Deadline)
		}
		tick = rt.Tick{Index: tick.Index + 1 + skipped, Intended: next, Skipped: skipped}
	}
	return nil
}

// following is the activation after the one at intended, whose step ended at now:
// when it is due, how many are skipped before it, and how many were missed. An
// activation that is due at exactly now is on time.
func following(o rt.Overrun, intended, now, period int64) (due, skipped, missed int64) {
	due = intended + period
	for at := due; at < now; at += period {
		missed++
	}
	switch {
	case missed == 0:
		return due, 0, 0
	case o == rt.Rebase:
		return now + period, 0, missed
	}
	skipped = max(0, missed-max(0, int64(o)))
	return due + skipped*period, skipped, missed
}
