package hil

import (
	"fmt"
	"math/bits"
	"time"
)

// Times counts durations in classes of at most 1/32 of their size. The zero value is
// empty.
type Times struct {
	counts [64 * timesClasses]uint64
	n      uint64
	max    int64
}

const (
	timesBits    = 5
	timesClasses = 1 << timesBits
)

// Add counts a duration in ns; a negative one counts as 0.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (d *Times) Add(ns int64) {
	ns = max(ns, 0)
	d.counts[timesClass(ns)]++
	d.n++
	d.max = max(d.max, ns)
}

// timesClass is exact below 32, and then has 32 classes in each power of two.
func timesClass(ns int64) int {
	if ns < timesClasses {
		return int(ns)
	}
	shift := bits.Len64(uint64(ns)) - timesBits - 1
	return (shift+1)<<timesBits + int(ns>>shift) - timesClasses
}

// timesUpper is the largest duration of a class.
func timesUpper(class int) int64 {
	if class < timesClasses {
		return int64(class)
	}
	shift := class>>timesBits - 1
	return int64(class&(timesClasses-1)+timesClasses+1)<<shift - 1
}

// N is how many were counted.
func (d *Times) N() uint64 { return d.n }

// Max is the longest, exactly; 0 when there is none.
func (d *Times) Max() time.Duration { return time.Duration(d.max) }

// Quantile is the duration that the share p of all do not exceed, rounded up to the end
// of its class; 0 when there is none.
func (d *Times) Quantile(p float64) time.Duration {
	rank := uint64(p * float64(d.n))
	for class, n := range d.counts {
		if n > rank || n == rank && rank > 0 && n != 0 {
			return time.Duration(min(timesUpper(class), d.max))
		}
		rank -= min(n, rank)
	}
	return d.Max()
}

// String gives p50, p99 and the largest.
func (d *Times) String() string {
	if d.n == 0 {
		return "none"
	}
	return fmt.Sprintf("p50 %v, p99 %v, max %v of %d", d.Quantile(0.5), d.Quantile(0.99), d.Max(), d.n)
}
