package fault

import "math"

// source gives random numbers that depend on a seed, the fault's place in the plan, the
// step and a number within it, and not on how many were taken before.
type source struct{ seed uint64 }

func newSource(seed uint64, place int) source {
	return source{mix(mix(seed) + uint64(place))}
}

// bits are 64 random bits.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (s source) bits(step int64, n uint64) uint64 {
	return mix(mix(s.seed+uint64(step)) + n)
}

// uniform is at least 0 and below 1.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (s source) uniform(step int64, n uint64) float64 {
	return float64(s.bits(step, n)>>11) / (1 << 53)
}

// normal has mean 0 and standard deviation 1 (G. E. P. Box and M. E. Muller, Annals of
// Mathematical Statistics 29(2), 1958).
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (s source) normal(step int64, n uint64) float64 {
	return math.Sqrt(-2*math.Log(1-s.uniform(step, 2*n))) * math.Cos(2*math.Pi*s.uniform(step, 2*n+1))
}

// mix is a step of SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, OOPSLA 2014).
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
