package firmware

import "encoding/binary"

// FrameSize is the length of each frame in bytes.
const FrameSize = 14

// Head is the first byte of a frame, its kind.
type Head uint8

// The kinds of frames.
const (
	Step    Head = 0xA5 // to the device: run the controller once
	Hello   Head = 0xA6 // to the device: are you there?
	Command Head = 0x5A // from the device: the answer to Step
	Ready   Head = 0x5B // from the device: it has started, or the answer to Hello
)

// Version is the version of the frames, the command of a Ready frame.
const Version Q16 = 1

// Request is a frame to the device.
type Request struct {
	Head     Head // Step or Hello
	Sequence uint32
	Set      Q16 // set point
	Measured Q16
}

// Put writes the frame into the first FrameSize bytes of b.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (r *Request) Put(b []byte) {
	_ = b[FrameSize-1]
	b[0] = byte(r.Head)
	binary.LittleEndian.PutUint32(b[1:], r.Sequence)
	binary.LittleEndian.PutUint32(b[5:], uint32(r.Set))
	binary.LittleEndian.PutUint32(b[9:], uint32(r.Measured))
	b[FrameSize-1] = checksum(b)
}

// Reply is a frame from the device.
type Reply struct {
	Head     Head   // Command or Ready
	Sequence uint32 // of the request; 0 when the device has started
	Command  Q16    // Version in a Ready frame
	Ticks    uint32 // clock cycles that the controller took, 0 on the host
	Refused  uint8  // frames with a wrong CRC since the device started, modulo 256
}

// Parse reads a frame of FrameSize bytes. It returns false, and leaves r alone, when
// b has another length, another head or a wrong CRC.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (r *Reply) Parse(b []byte) bool {
	if len(b) != FrameSize || Head(b[0]) != Command && Head(b[0]) != Ready || checksum(b) != b[FrameSize-1] {
		return false
	}
	last := binary.LittleEndian.Uint32(b[9:])
	*r = Reply{
		Head: Head(b[0]), Sequence: binary.LittleEndian.Uint32(b[1:]),
		Command: Q16(binary.LittleEndian.Uint32(b[5:])), Ticks: last & 0xFFFFFF, Refused: uint8(last >> 24),
	}
	return true
}

// put writes the frame into b.
func (r *Reply) put(b []byte) {
	b[0] = byte(r.Head)
	binary.LittleEndian.PutUint32(b[1:], r.Sequence)
	binary.LittleEndian.PutUint32(b[5:], uint32(r.Command))
	binary.LittleEndian.PutUint32(b[9:], r.Ticks&0xFFFFFF|uint32(r.Refused)<<24)
	b[FrameSize-1] = checksum(b)
}

// checksum is the CRC-8 of a frame without its last byte.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func checksum(b []byte) uint8 {
	var crc uint8
	for _, v := range b[:FrameSize-1] {
		crc = crcTable[crc^v]
	}
	return crc
}

// crcTable is the CRC-8 of each byte.
var crcTable = func() (t [256]uint8) {
	for i := range t {
		crc := uint8(i)
		for range 8 {
			high := crc >> 7
			crc = crc<<1 ^ 0x07*high
		}
		t[i] = crc
	}
	return t
}()
