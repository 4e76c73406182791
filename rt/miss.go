package rt

import (
	"fmt"
	"math/bits"
)

// MissBudget is how many deadlines a loop may miss: at most M in any K
// consecutive periods, the weakly hard constraint "fewer than M+1 in K" of
// Bernat, Burns and Llamosí, "Weakly hard real-time systems", IEEE Transactions on
// Computers 50 (2001), §3. The zero value sets no budget; M 0 with K 1 allows no
// miss at all.
//
// A period is missed when its step ended after Tick.Deadline, when it was skipped, or
// under [Rebase] when it went by during a step. Periods lost in a [Process.Maintenance] window are neither.
type MissBudget struct {
	// M misses are allowed in any K consecutive periods, 0 ≤ M < K ≤ 64.
	M, K int
	// OnMiss is called after each step that leaves more than M misses in the
	// last K periods, on the loop's thread and under the same rules as the step,
	// with the tick whose step that was: drive the safe state there. Nil ends the
	// loop: Run returns [ErrMissBudget].
	OnMiss func(*Tick)
}

// String is "2 misses in any 10 periods", or "no budget".
func (b MissBudget) String() string {
	if b.K == 0 {
		return "no budget"
	}
	return fmt.Sprintf("%d misses in any %d periods", b.M, b.K)
}

// maxMissWindow is how many periods one word remembers.
const maxMissWindow = 64

func (b MissBudget) validate() error {
	value := fmt.Sprintf("%d of %d", b.M, b.K)
	switch {
	case b.M == 0 && b.K == 0 && b.OnMiss != nil:
		return configError("LoopConfig.Miss", value, "OnMiss is called for no window of periods", "give K, e.g. M 2 and K 10 for 2 misses in any 10 periods")
	case b.M == 0 && b.K == 0:
		return nil
	case b.K < 1 || b.K > maxMissWindow:
		return configError("LoopConfig.Miss", value, "K must be 1 to 64", "give the number of periods to look back on")
	case b.M < 0 || b.M >= b.K:
		return configError("LoopConfig.Miss", value, "M must be 0 to K−1, or nothing would break it", "give the misses allowed in K periods")
	}
	return nil
}

// missWindow remembers which of the last 64 periods were missed, the latest in
// bit 0.
type missWindow uint64

// add shifts in a period whose step ran, and the periods skipped after it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *missWindow) add(late bool, skipped int64) {
	*w <<= 1
	if late {
		*w |= 1
	}
	s := uint64(min(skipped, maxMissWindow))
	*w = *w<<s | (1<<s - 1) // a shift by 64 leaves 0
}

// broken reports whether the last k periods hold more than m misses. A window
// that ended inside the run of skipped periods holds no more than the one at its
// end: each of them shifts in a miss.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w missWindow) broken(m, k int) bool {
	return bits.OnesCount64(uint64(w)<<(maxMissWindow-k)) > m
}
