package audio

import "math"

const (
	magnitude      = 1<<31 - 1  // all bits of a float32 but the sign
	smallestNormal = 0x00800000 // 2⁻¹²⁶
	infinite       = 0x7f800000 // and NaN above
)

// clean replaces by 0 the samples that must not reach a Processor or a loudspeaker: NaN and
// infinities, which a filter keeps permanently, and denormal numbers. It returns how
// many there were.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(s)
func clean(s []float32) (bad, denormal uint64) {
	for i, v := range s {
		bits := math.Float32bits(v) & magnitude
		if bits-smallestNormal < infinite-smallestNormal || bits == 0 {
			continue
		}
		s[i] = 0
		if bits >= infinite {
			bad++
		} else {
			denormal++
		}
	}
	return bad, denormal
}
