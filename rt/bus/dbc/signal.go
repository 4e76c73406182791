package dbc

import (
	"fmt"
	"math"

	parser "go.einride.tech/can/pkg/dbc"
)

// Signal is a number within a message: raw·Factor + Offset in Unit.
type Signal struct {
	Name string
	// Unit of the physical value, as the file has it.
	Unit           string
	Factor, Offset float64
	// Min and Max bound the physical value; both 0 means no bound.
	Min, Max float64
	// Signed says that the raw number is a two's complement.
	Signed bool
	// Multiplexed says that the signal is in a frame only when the message's switch
	// has the value Switch; IsSwitch says that this signal is that switch.
	Multiplexed, IsSwitch bool
	Switch                uint64

	bits      int
	bigEndian bool
	// bit is the signal's least significant bit: bit 0 is the least significant one of
	// the first byte, bit 8 of the second. The other bits follow upwards, in a
	// big-endian signal from byte to byte towards the first.
	bit int
}

func newSignal(d *parser.SignalDef, size int) (Signal, error) {
	s := Signal{
		Name: string(d.Name), Unit: d.Unit, Factor: d.Factor, Offset: d.Offset, Min: d.Minimum, Max: d.Maximum,
		Signed: d.IsSigned, Multiplexed: d.IsMultiplexed, IsSwitch: d.IsMultiplexerSwitch, Switch: d.MultiplexerSwitch,
		bigEndian: d.IsBigEndian,
	}
	room := uint64(8 * size)
	switch {
	case d.Size < 1 || d.Size > 64:
		return s, fmt.Errorf("%d bits; 1 to 64 can be read", d.Size)
	case d.StartBit >= room:
		return s, fmt.Errorf("it starts at bit %d of %d", d.StartBit, room)
	case s.Factor == 0 || math.IsInf(s.Factor, 0) || s.Factor != s.Factor:
		return s, fmt.Errorf("its factor is %v", s.Factor)
	}
	s.bits, s.bit = int(d.Size), int(d.StartBit)
	if !s.bigEndian {
		if s.bit+s.bits > 8*size {
			return s, fmt.Errorf("bits %d to %d in a message of %d", s.bit, s.bit+s.bits-1, room)
		}
		return s, nil
	}
	// The file gives the most significant bit. Bits run down within a byte and go on at
	// the top of the next one.
	last := (s.bit/8)*8 + 7 - s.bit%8 + s.bits - 1 // counted from the top of the first byte
	if last >= 8*size {
		return s, fmt.Errorf("%d bits from bit %d in a message of %d", s.bits, s.bit, room)
	}
	s.bit = (last/8)*8 + 7 - last%8
	return s, nil
}

// Decode returns the physical value in the data of a frame. Data that is too short
// gives NaN.
//
// Cost: O(bits), at most 64. Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the signal's bytes, at most 9
func (s *Signal) Decode(data []byte) float64 {
	raw, ok := s.Raw(data)
	if !ok {
		return math.NaN()
	}
	if s.Signed {
		return float64(int64(raw<<(64-s.bits))>>(64-s.bits))*s.Factor + s.Offset
	}
	return float64(raw)*s.Factor + s.Offset
}

// Raw returns the signal's bits, or false when the data is too short.
//
// Cost: O(bits), at most 64. Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the signal's bytes, at most 9
func (s *Signal) Raw(data []byte) (raw uint64, ok bool) {
	at, shift, step := s.walk()
	for done := 0; done < s.bits; at += step {
		if uint(at) >= uint(len(data)) {
			return 0, false
		}
		n := min(8-shift, s.bits-done)
		part := uint64(data[at]>>shift) & (1<<n - 1)
		raw |= part << done
		done += n
		shift = 0
	}
	return raw, true
}

// Encode writes a physical value into the data of a frame, rounded to the nearest
// that the signal can hold. It returns false, and writes the nearest bound, for a
// value beyond Min and Max or beyond the bits, and false without writing for NaN and
// for data that is too short.
//
// Cost: O(bits), at most 64. Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the signal's bytes, at most 9
func (s *Signal) Encode(data []byte, value float64) bool {
	if value != value {
		return false
	}
	fits := true
	if s.Min != 0 || s.Max != 0 {
		if value < s.Min || value > s.Max {
			value, fits = min(max(value, s.Min), s.Max), false
		}
	}
	x := math.RoundToEven((value - s.Offset) / s.Factor)
	var raw uint64
	if s.Signed {
		most := math.Ldexp(1, s.bits-1)
		switch {
		case x >= most:
			raw, fits = 1<<(s.bits-1)-1, false
		case x < -most:
			raw, fits = 1<<(s.bits-1), false
		default:
			raw = uint64(int64(x))
		}
	} else {
		switch {
		case x >= math.Ldexp(1, s.bits):
			raw, fits = math.MaxUint64, false
		case x < 0:
			raw, fits = 0, false
		default:
			raw = uint64(x)
		}
	}
	return s.SetRaw(data, raw) && fits
}

// SetRaw writes the signal's bits and leaves all others alone. It returns false, and
// writes nothing, when the data is too short.
//
// Cost: O(bits), at most 64. Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the signal's bytes, at most 9
func (s *Signal) SetRaw(data []byte, raw uint64) bool {
	at, shift, step := s.walk()
	if last := at + step*((shift+s.bits-1)/8); max(at, last) >= len(data) || min(at, last) < 0 {
		return false
	}
	for done := 0; done < s.bits; at += step {
		n := min(8-shift, s.bits-done)
		mask := byte(1<<n-1) << shift
		data[at] = data[at]&^mask | byte(raw>>done)<<shift&mask
		done += n
		shift = 0
	}
	return true
}

// walk returns the byte and the bit in it at which the signal's least significant
// bits are, and the step to the byte of the next ones.
func (s *Signal) walk() (at, shift, step int) {
	if s.bigEndian {
		return s.bit / 8, s.bit % 8, -1
	}
	return s.bit / 8, s.bit % 8, 1
}
