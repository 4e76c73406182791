package hil

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Floats is the codec of devices that speak memkit's own frames: the sequence number in
// 4 bytes, each value as an IEEE 754 double in 8, and a check sum (CRC-32C) of all of
// them in 4, least significant byte first.
type Floats struct{}

// MaxFloats is how many values a frame of [Floats] carries at most.
const MaxFloats = (MaxFrame - 8) / 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
	binary.LittleEndian.PutUint32(frame, sequence)
	for i, v := range values {
		binary.LittleEndian.PutUint64(frame[4+8*i:], math.Float64bits(v))
	}
	binary.LittleEndian.PutUint32(frame[n-4:], crc32.Checksum(frame[:n-4], castagnoli))
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
	n := 8 + 8*len(values)
	if len(frame) != n || crc32.Checksum(frame[:n-4], castagnoli) != binary.LittleEndian.Uint32(frame[n-4:]) {
		return 0, ErrFrame
	}
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(frame[4+8*i:]))
	}
	return binary.LittleEndian.Uint32(frame), nil
}

// SequenceBits is 32.
func (Floats) SequenceBits() int { return 32 }
