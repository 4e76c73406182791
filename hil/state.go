package hil

import (
	"encoding/binary"
	"fmt"
	"math"
)

// AppendFloats appends a plant's state to b, for [Plant].Save.
func AppendFloats(b []byte, state ...float64) []byte {
	for _, v := range state {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// TakeFloats takes what [AppendFloats] appended from the beginning of b and returns the
// rest. It changes nothing when b is too short.
func TakeFloats(b []byte, state ...*float64) (rest []byte, err error) {
	if len(b) < 8*len(state) {
		return b, fmt.Errorf("hil: a saved state has %d bytes, of %d: it is another plant's, or cut short", len(b), 8*len(state))
	}
	for i, v := range state {
		*v = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return b[8*len(state):], nil
}
