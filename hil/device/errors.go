package device

import (
	"errors"
	"strings"
)

var (
	// ErrNoCommand: the Config has no command for the action.
	ErrNoCommand = errors.New("device: no command for it; set it in Config")
	// ErrNotInstalled: a command's program is not in PATH.
	ErrNotInstalled = errors.New("device: program not found")
	// ErrText: the console did not say the expected text.
	ErrText = errors.New("device: the console did not say the text")
)

// CommandError says that a command failed.
type CommandError struct {
	// Device is the device's name, Action the request: "flash".
	Device, Action string
	// Command is the command line.
	Command []string
	// Output is the end of what it printed.
	Output string
	// Err is why: an *exec.ExitError, or the context's.
	Err error
}

func (e *CommandError) Error() string {
	text := "device: " + e.Device + ": " + e.Action + ": " + strings.Join(e.Command, " ") + ": " + e.Err.Error()
	if e.Output != "" {
		text += "; it printed:\n" + e.Output
	}
	return text
}

func (e *CommandError) Unwrap() error { return e.Err }
