package bus

import "errors"

// Port sends and receives frames without waiting.
type Port interface {
	// Send sends one frame, or returns ErrFull when there is no room for it now,
	// ErrDown when the port cannot send any more, or ErrSize for a frame that the transport
	// cannot carry. A frame is sent whole or not at all.
	//
	//rt:nonblocking
	//rt:nonallocating
	Send(frame []byte) error
	// Receive takes the oldest frame that has arrived and returns its length and
	// when the kernel received it, in ns on the clock of rt.Now; 0 means unknown. It
	// returns ErrEmpty when there is none, and ErrSize for a frame that is longer
	// than the buffer, which is then lost.
	//
	//rt:nonblocking
	//rt:nonallocating
	Receive(frame []byte) (n int, at int64, err error)
	// Dropped counts the frames that arrived and that the kernel, or the ring, had
	// no room for.
	//
	//rt:nonblocking
	//rt:nonallocating
	Dropped() uint64
	// FD is the descriptor that becomes readable when a frame has arrived, −1 where
	// there is none.
	FD() int
	// Close closes the port. A second Close returns nil.
	Close() error
}

// Conditions of a port, which are no faults of the program.
var (
	// ErrEmpty: no frame has arrived.
	ErrEmpty = errors.New("bus: no frame has arrived")
	// ErrFull: there is no room for the frame now.
	ErrFull = errors.New("bus: no room for the frame; send it again in the next period")
	// ErrDown: the port cannot send any more: the peer has gone, a guard has shut it
	// down, or the controller is off the bus.
	ErrDown = errors.New("bus: the port cannot send any more; open a new one")
	// ErrSize: the frame is longer than the transport or the buffer.
	ErrSize = errors.New("bus: the frame is too long for the transport or the buffer")
)
