package main

import (
	"encoding/binary"
	"math"
)

const axes = 6

// command is what the controller sends each period: a torque for each axis, or brakes.
//
//	0  sequence, 4 bytes, which rt/bus fills in
//	4  1: drive, 0: brake
//	8  six torques in N·m, float64
type command struct {
	drive   bool
	torques [axes]float64
}

const commandBytes = 8 + 8*axes

func (c *command) encode(b []byte) {
	clear(b[:8])
	if c.drive {
		b[4] = 1
	}
	for i, v := range c.torques {
		binary.LittleEndian.PutUint64(b[8+8*i:], math.Float64bits(v))
	}
}

// decode returns false for a frame that is no command, and for torques that are no
// numbers.
func (c *command) decode(b []byte) (sequence uint32, ok bool) {
	if len(b) != commandBytes {
		return 0, false
	}
	c.drive = b[4] == 1
	for i := range c.torques {
		v := math.Float64frombits(binary.LittleEndian.Uint64(b[8+8*i:]))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, false
		}
		c.torques[i] = v
	}
	return binary.LittleEndian.Uint32(b), true
}

// brake is the prepared safe frame.
func brake() []byte {
	b := make([]byte, commandBytes)
	new(command).encode(b)
	return b
}

// state is what the drives answer each period.
//
//	0  sequence of the last command, 4 bytes
//	4  1: braked
//	8  six positions in rad, six velocities in rad/s, float64
type state struct {
	braked     bool
	positions  [axes]float64
	velocities [axes]float64
}

const stateBytes = 8 + 16*axes

func (s *state) encode(b []byte, sequence uint32) {
	clear(b[:8])
	binary.LittleEndian.PutUint32(b, sequence)
	if s.braked {
		b[4] = 1
	}
	for i := range axes {
		binary.LittleEndian.PutUint64(b[8+8*i:], math.Float64bits(s.positions[i]))
		binary.LittleEndian.PutUint64(b[8+8*(axes+i):], math.Float64bits(s.velocities[i]))
	}
}

// decode returns false, and leaves s as it was, for a state that no sensor can mean.
func (s *state) decode(b []byte) bool {
	if len(b) != stateBytes {
		return false
	}
	var next state
	next.braked = b[4] == 1
	for i := range axes {
		p := math.Float64frombits(binary.LittleEndian.Uint64(b[8+8*i:]))
		v := math.Float64frombits(binary.LittleEndian.Uint64(b[8+8*(axes+i):]))
		if !(math.Abs(p) < 100) || !(math.Abs(v) < 1000) { // NaN too
			return false
		}
		next.positions[i], next.velocities[i] = p, v
	}
	*s = next
	return true
}
