package hil

import (
	"encoding/binary"
	"math"
)

// Codec turns the values of channels into the bytes of frames and back, for one device.
type Codec interface {
	// Encode writes a frame for the device and returns its length. Sequence numbers
	// count the exchanges from 1, and go on with 1 after the largest that SequenceBits
	// can hold; 0 is for the handshake alone.
	Encode(frame []byte, sequence uint32, values []float64) int
	// Decode reads the device's frame: the number that it answers, and the values. It
	// returns ErrFrame for one that is damaged, and then changes no value.
	Decode(frame []byte, values []float64) (sequence uint32, err error)
	// SequenceBits is how many bits of a sequence number the frames carry, 1 to 32.
	SequenceBits() int
}

// Floats is the codec of devices that speak memkit's own frames, least significant byte
// first: the sequence number in 4 bytes, a check word of 4, and each value as an IEEE 754
// double in 8.
//
// The check word is the upper half of a multiplicative hash with 64 bits (D. E. Knuth,
// The Art of Computer Programming 3, section 6.4): h begins with the number, and each
// value's bits enter as h = (h XOR bits) · 0x9E3779B97F4A7C15. It finds each single wrong
// bit, and all but one in 2³² of other damages.
type Floats struct{}

// MaxFloats is how many values a frame of [Floats] carries at most.
const MaxFloats = (MaxFrame - 8) / 8

const checkFactor = 0x9E3779B97F4A7C15

// Encode writes a frame, in either direction.
//
// Cost: O(len(values)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the values of a frame, 29
func (Floats) Encode(frame []byte, sequence uint32, values []float64) int {
	n := 8 + 8*len(values)
	frame = frame[:n]
	h := (checkFactor ^ uint64(sequence)) * checkFactor
	for i, v := range values {
		b := math.Float64bits(v)
		h = (h ^ b) * checkFactor
		binary.LittleEndian.PutUint64(frame[8+8*i:], b)
	}
	// Number and check word are one store, and all are of 8 bytes: a reader that loads
	// them as such takes them from the processor's store buffer.
	binary.LittleEndian.PutUint64(frame, uint64(sequence)|h&^(1<<32-1))
	return n
}

// Decode reads a frame of either direction.
//
// Cost: O(len(values)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the values of a frame, 29
func (Floats) Decode(frame []byte, values []float64) (sequence uint32, err error) {
	if len(frame) != 8+8*len(values) {
		return 0, ErrFrame
	}
	head := binary.LittleEndian.Uint64(frame)
	h := (checkFactor ^ uint64(uint32(head))) * checkFactor
	for i := range values {
		h = (h ^ binary.LittleEndian.Uint64(frame[8+8*i:])) * checkFactor
	}
	if (h^head)>>32 != 0 {
		return 0, ErrFrame
	}
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(frame[8+8*i:]))
	}
	return uint32(head), nil
}

// SequenceBits is 32.
func (Floats) SequenceBits() int { return 32 }
