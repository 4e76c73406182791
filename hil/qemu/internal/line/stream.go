package line

import "errors"

// Conditions of a [Stream].
var (
	// ErrEmpty: nothing arrived by the deadline.
	ErrEmpty = errors.New("line: nothing arrived by the deadline")
	// ErrFull: the other end does not read.
	ErrFull = errors.New("line: the other end does not read")
	// ErrEnded: the other end is closed.
	ErrEnded = errors.New("line: the other end is closed")
)

// patience is the longest wait during which the thread keeps its P: a step of a paced
// rig. During longer ones the scheduler runs other goroutines, and the world can stop.
const patience = 20e6 // ns
