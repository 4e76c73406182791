package firmware

import "errors"

// ErrFrame is returned by [Codec.Decode] for bytes that are no frame of the device.
var ErrFrame = errors.New("firmware: not a frame of the device: its length, head or CRC is wrong")

// Codec translates between frames and the values of a rig's channels: it sends a
// measured value and a set point, in this order, and receives a command. It is a
// hil.Codec; number 0, the handshake, is a [Hello]. The zero value is ready for use.
type Codec struct {
	// Last is the newest frame that was decoded.
	Last Reply
	// Fewest and Most are the clock cycles that the controller took in a step. With
	// qemu.Config.InstructionTime they depend on the instructions alone.
	Fewest, Most uint32

	stepped bool
}

// Encode writes a frame and returns its length.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Codec) Encode(frame []byte, sequence uint32, values []float64) int {
	r := Request{Head: Step, Sequence: sequence, Measured: Fixed(values[0]), Set: Fixed(values[1])}
	if sequence == 0 {
		r.Head = Hello
	}
	r.Put(frame)
	return FrameSize
}

// Decode reads a frame: the number that it answers, and the command. A [Ready] has
// number 0 and leaves the values alone.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Codec) Decode(frame []byte, values []float64) (sequence uint32, err error) {
	var r Reply
	if !r.Parse(frame) {
		return 0, ErrFrame
	}
	if r.Head == Command {
		if !c.stepped || r.Ticks < c.Fewest {
			c.Fewest = r.Ticks
		}
		c.Most, c.stepped = max(c.Most, r.Ticks), true
		values[0] = r.Command.Float()
	}
	c.Last = r
	return r.Sequence, nil
}

// SequenceBits is 32.
func (*Codec) SequenceBits() int { return 32 }

// Split is how a rig finds the frames in the bytes that the device sends. It returns
// the length of the frame that b begins with, 0 when more bytes are needed, and −n
// when the first n bytes begin none.
//
// Cost: O(len(b)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func Split(b []byte) int {
	for i, v := range b {
		switch {
		case Head(v) != Command && Head(v) != Ready:
			continue
		case i > 0:
			return -i
		case len(b) < FrameSize:
			return 0
		case checksum(b) != b[FrameSize-1]:
			return -1
		}
		return FrameSize
	}
	return -len(b)
}

// Started reports whether a frame says that the device has started.
func Started(frame []byte) bool {
	var r Reply
	return r.Parse(frame) && r.Head == Ready && r.Sequence == 0
}
