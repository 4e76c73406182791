package firmware

import "encoding/binary"

// Gains and limits, as in pid.c.
const (
	proportional = 6554
	integralGain = 164
	derivative   = 3277
	limit        = 24 << 16
)

// Portable is pid.c in Go. The zero value is a device that has just started; a copy
// is a snapshot of it.
type Portable struct {
	integral, previous, command Q16
	sequence                    uint32
	stepped                     bool
	refused                     uint8
	received                    int // bytes in frame
	frame                       [FrameSize]byte
}

// Reset puts the device in its first state and writes the frame that it sends then
// into the first FrameSize bytes of out.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Portable) Reset(out []byte) {
	*p = Portable{}
	p.reply(Ready, 0, Version, out)
}

// Feed gives the device bytes as its serial line would, writes the frames that it
// answers with to out, and returns how many bytes those are. out has room for
// [Room](len(in)) bytes.
//
// Cost: O(len(in)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Portable) Feed(in, out []byte) (n int) {
	for _, v := range in {
		if p.feedByte(v, out[n:]) {
			n += FrameSize
		}
	}
	return n
}

// Room is how many bytes a device answers n bytes with at most: it may hold the
// beginning of one frame already.
func Room(n int) int { return (n + FrameSize - 1) / FrameSize * FrameSize }

// feedByte takes one byte and reports whether it wrote a frame to out.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Portable) feedByte(v byte, out []byte) bool {
	f := &p.frame
	f[p.received] = v
	p.received++
	if !toDevice(f[0]) {
		p.received = 0
	}
	if p.received < FrameSize {
		return false
	}
	if checksum(f[:]) != f[FrameSize-1] {
		p.refused++
		p.resynchronise()
		return false
	}
	p.received = 0
	sequence := binary.LittleEndian.Uint32(f[1:])
	if Head(f[0]) == Hello {
		p.reply(Ready, sequence, Version, out)
		return true
	}
	if !p.stepped || sequence != p.sequence {
		p.command = p.control(Q16(binary.LittleEndian.Uint32(f[5:])), Q16(binary.LittleEndian.Uint32(f[9:])))
		p.sequence, p.stepped = sequence, true
	}
	p.reply(Command, sequence, p.command, out)
	return true
}

// toDevice reports whether a frame to the device may begin with b.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func toDevice(b byte) bool { return Head(b) == Step || Head(b) == Hello }

// resynchronise drops the bytes before the next one that may begin a frame.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Portable) resynchronise() {
	from := 1
	for from < p.received && !toDevice(p.frame[from]) {
		from++
	}
	p.received = copy(p.frame[:], p.frame[from:p.received])
}

// reply writes a frame of the device.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Portable) reply(h Head, sequence uint32, value Q16, out []byte) {
	r := Reply{Head: h, Sequence: sequence, Command: value, Refused: p.refused}
	r.put(out)
}

// control runs the PID once; pid.c explains it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Portable) control(set, measured Q16) Q16 {
	deviation := int64(set) - int64(measured)
	integral := saturate(int64(p.integral) + integralGain*deviation>>16)
	wanted := proportional*deviation>>16 + integral - derivative*(int64(measured)-int64(p.previous))>>16
	command := saturate(wanted)
	if command == wanted || (wanted > 0) != (deviation > 0) {
		p.integral = Q16(integral)
	}
	p.previous = measured
	return Q16(command)
}

// saturate limits v to what the device can command.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func saturate(v int64) int64 { return max(-limit, min(limit, v)) }
