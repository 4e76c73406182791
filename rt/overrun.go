package rt

import "fmt"

// Overrun says what a loop does when an activation's time has passed before
// the step ahead of it ended. The zero value is [Skip].
type Overrun int32

const (
	// Skip drops the activations whose time has passed and keeps the phase: the
	// next one is the first still ahead.
	Skip Overrun = 0
	// Rebase gives up the phase: the next activation is one period after the
	// overrun was noticed, and nothing is skipped.
	Rebase Overrun = -1
	// Stop ends the loop: [Loop.Run] returns [ErrOverrun].
	Stop Overrun = -2
)

// CatchUp runs up to n missed activations at once, without sleeping between
// them, and skips those before; the phase is kept. For work that counts
// activations and can take them late.
func CatchUp(n int) Overrun {
	if n < 1 || n > maxCatchUp {
		return invalidOverrun
	}
	return Overrun(n)
}

const (
	maxCatchUp             = 1 << 30
	invalidOverrun Overrun = -3
)

// String is "skip", "rebase", "stop" or "catch up 3".
func (o Overrun) String() string {
	switch {
	case o == Skip:
		return "skip"
	case o == Rebase:
		return "rebase"
	case o == Stop:
		return "stop"
	case o < 0:
		return "invalid overrun"
	}
	return fmt.Sprintf("catch up %d", int(o))
}

// after is the activation that follows the one intended for intended, whose
// step ended at now: when it is due, how many were skipped and how many have
// been missed, which is 0 when the step kept its time. An activation due at
// exactly now is on time. CatchUp's missed activations are due in the past.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (o Overrun) after(intended, now, period int64) (due, skipped, missed int64) {
	due = intended + period
	if now <= due {
		return due, 0, 0
	}
	missed = (now-due-1)/period + 1
	switch {
	case o == Rebase:
		return now + period, 0, missed
	case o == Stop:
		return due, 0, missed
	}
	skipped = max(0, missed-int64(o))
	return due + skipped*period, skipped, missed
}

// lost is how many periods after an overrun got no step: those skipped, and under
// Rebase, which skips none because it moves the phase, those that went by.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (o Overrun) lost(skipped, missed int64) int64 {
	if o == Rebase {
		return missed
	}
	return skipped
}
