package guard

import (
	"errors"

	"github.com/memkit-go/memkit/rt"
)

var (
	// ErrTripped is returned by Controller.Beat when the guard has driven the safe
	// state. Controller.Trip says why.
	ErrTripped = errors.New("guard: the guard has driven the safe state; find the cause, then Rearm")
	// ErrGuardGone is returned by Controller.Beat when the guard's heartbeat has
	// stopped, and by calls that ask it something.
	ErrGuardGone = errors.New("guard: the guard is gone; stop the machine and start it again")
	// ErrBusy is wrapped by the error of Connect and Rearm while another controller is
	// armed, or this one is.
	ErrBusy = errors.New("guard: a controller is armed already; Close it, or wait until it has tripped")
	// ErrNoWatchdog is wrapped by Start's error where the watchdog device cannot be
	// opened.
	ErrNoWatchdog = errors.New("guard: the watchdog device cannot be opened")
	// ErrHostile is wrapped where the other process has sent what none of this program
	// sends.
	ErrHostile = errors.New("guard: the other process does not keep to the protocol")
)

func configError(field, value, reason, remedy string) *rt.ConfigError {
	return &rt.ConfigError{Package: "guard", Field: field, Value: value, Reason: reason, Remedy: remedy}
}

// startError is an error of the guard's process, of which only the text comes across,
// with the sentinel that it stands for.
type startError struct{ err, sentinel error }

func (e *startError) Error() string { return e.err.Error() }

func (e *startError) Unwrap() []error { return []error{e.err, e.sentinel} }
