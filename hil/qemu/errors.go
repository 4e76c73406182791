package qemu

import (
	"errors"
	"fmt"
	"time"
)

// Conditions of a board.
var (
	// ErrNotInstalled: there is no QEMU to run.
	ErrNotInstalled = errors.New("qemu: not found; install it with: apt-get install qemu-system-arm")
	// ErrImage: the image is not for the board.
	ErrImage = errors.New("qemu: Config.Image is not an ELF file for ARM; build it with arm-none-eabi-gcc")
	// ErrNoAnswer: QEMU did not answer in time.
	ErrNoAnswer = errors.New("qemu: the emulator does not answer")
	// ErrNotStarted: the firmware did not say that it has started.
	ErrNotStarted = errors.New("qemu: the firmware does not start")
	// ErrClosed: the board was closed.
	ErrClosed = errors.New("qemu: the board is closed")
)

// EndedError says that QEMU has ended by itself.
type EndedError struct {
	// Status is how: "exit status 1", "signal: killed".
	Status string
	// Output is the end of what it printed.
	Output string
}

func (e *EndedError) Error() string {
	text := "qemu: the emulator has ended: " + e.Status
	if e.Output != "" {
		text += "; it printed:\n" + e.Output
	}
	return text
}

// CommandError is QEMU's refusal of a command.
type CommandError struct {
	Command, Class, Reason string
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("qemu: %s refused: %s (%s)", e.Command, e.Reason, e.Class)
}

// noAnswer is ErrNoAnswer with its circumstances.
func noAnswer(s State, command string, limit time.Duration) error {
	return fmt.Errorf("%w to %s within %v of wall-clock time; the process is %v", ErrNoAnswer, command, limit, s)
}
