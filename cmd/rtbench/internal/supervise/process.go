package supervise

import (
	"errors"
	"time"
)

// ErrLimit is how a program ends that ran for longer than it may.
var ErrLimit = errors.New("still running at its time limit")

// StopGrace is how long a program may take to end when its context does, before it
// is killed. Commands promise to end within a second of a signal.
const StopGrace = 600 * time.Millisecond

// Started programs have these methods; see [Start].
type Started interface {
	// PID of the program. It leads its process group.
	PID() int
	// Interrupt asks the program's process group to stop, as Ctrl-C does, and kills
	// the program and its descendants when it has not ended grace later.
	Interrupt(grace time.Duration) error
	// Kill ends the program and its descendants at once.
	Kill() error
	// Wait waits for the end of the program and of its descendants. The error is
	// that of exec.Cmd.Wait, or wraps [ErrLimit].
	Wait() error
}
