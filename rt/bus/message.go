package bus

import "encoding/binary"

// message is a datagram to be received, in memory that does not move.
type message struct {
	fd      int
	data    []byte // in: the room; out: what arrived
	control [controlBytes]byte
	used    int  // bytes of control
	whole   bool // the datagram fitted
	header  messageHeader
}

const controlBytes = 128

// Control messages of Linux on 64-bit processors, see cmsg(3).
const (
	controlHeader    = 16 // length 8, level 4, type 4
	levelSocket      = 1
	typeTimestampNs  = 35 // one time of 16 bytes
	typeTimestamping = 37 // three times of 16 bytes: software, unused, hardware
	typeDropped      = 40 // SO_RXQ_OVFL, 4 bytes
)

// controls returns the software stamp of a datagram, 0 when there is none, and the
// socket's count of dropped datagrams. What does not make sense is passed over.
func controls(b []byte) (stamp int64, dropped uint32, counted bool) {
	//rt:bound controlBytes/controlHeader turns: next is not below the header's size
	for len(b) >= controlHeader {
		size := binary.NativeEndian.Uint64(b)
		if size < controlHeader || size > uint64(len(b)) {
			return stamp, dropped, counted
		}
		level, kind := binary.NativeEndian.Uint32(b[8:]), binary.NativeEndian.Uint32(b[12:])
		data := b[controlHeader:size]
		switch {
		case level != levelSocket:
		case (kind == typeTimestamping || kind == typeTimestampNs) && len(data) >= 16:
			sec, nsec := int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:]))
			if sec > 0 && sec < 1<<33 && nsec >= 0 && nsec < 1e9 {
				stamp = sec*1e9 + nsec
			}
		case kind == typeDropped && len(data) >= 4:
			dropped, counted = binary.NativeEndian.Uint32(data), true
		}
		next := (size + 7) &^ 7
		if next >= uint64(len(b)) {
			return stamp, dropped, counted
		}
		b = b[next:]
	}
	return stamp, dropped, counted
}
