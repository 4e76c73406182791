package firmware

import "math"

// Q16 is a number in units of 1/65536, from −32768 to just below 32768.
type Q16 int32

// Fixed returns the Q16 nearest to x. One out of range becomes the nearest end of
// the range, NaN the lower one.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func Fixed(x float64) Q16 {
	x = math.RoundToEven(x * 65536)
	switch {
	case x >= math.MaxInt32:
		return math.MaxInt32
	case x > math.MinInt32:
		return Q16(x)
	}
	return math.MinInt32
}

// Float is the number.
func (q Q16) Float() float64 { return float64(q) / 65536 }
