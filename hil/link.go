package hil

// Link carries frames between the rig and a device. Package link has them over the
// ports of package bus and to a function of the same process; package fault puts
// faults between. A Link belongs to the goroutine that runs the rig.
type Link interface {
	// Send sends one frame, whole or not at all. It does not keep the frame.
	Send(t Tick, frame []byte) error
	// Receive writes the oldest frame that has arrived to the caller's buffer and
	// returns its length. Without one it waits until the deadline, in ns on the clock
	// of rt.Now; a deadline of 0 does not wait. It then returns ErrEmpty. A link that
	// knows that no frame is on its way returns ErrNone at once: a rig in lock-step
	// does not wait then.
	Receive(t Tick, frame []byte, deadline int64) (n int, err error)
	// Close ends the link. A second Close returns nil.
	Close() error
}

// ValueLink is a Link to a device of the same process that needs no frames. In lock-step a
// rig hands it the values, unless a fault is put between them or the connection has a
// codec of its own. The values of a run are the same both ways.
type ValueLink interface {
	Link
	// Exchange hands over the values that the rig sends and writes those that it
	// receives. It returns false, and writes none, when the device does not answer.
	Exchange(t Tick, sends, receives []float64) bool
}

// MaxFrame is the longest frame of a link, in bytes.
const MaxFrame = 240
