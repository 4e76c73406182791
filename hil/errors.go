package hil

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Conditions of a link and a run.
var (
	// ErrEmpty is a [Link]'s: no frame arrived in time.
	ErrEmpty = errors.New("hil: no frame arrived by the deadline")
	// ErrNone is a [Link]'s: no frame is on its way, so waiting is of no use.
	ErrNone = errors.New("hil: no frame is on its way")
	// ErrFrame is a [Codec]'s: the frame is damaged.
	ErrFrame = errors.New("hil: damaged frame")
	// ErrDown is a [Link]'s: the other end is gone. It ends a run with a [LinkError].
	ErrDown = errors.New("hil: the link is down")
	// ErrUnstable is wrapped by a [PlantError] for a value beyond Channel.Trip, or
	// one that is not finite.
	ErrUnstable = errors.New("hil: the plant is unstable")
	// ErrNotReady is wrapped by the error of a device that does not answer the
	// handshake.
	ErrNotReady = errors.New("hil: the device is not ready")
	// ErrRunning is returned by a second Run while the first runs.
	ErrRunning = errors.New("hil: the rig is running; wait until Run returns")
)

// StallError ends a run in which nothing moved for as long as Config.Watchdog.
type StallError struct {
	// Where is what did not return or answer: "connection motor", "plant".
	Where string
	// Channels are the channels whose values did not come.
	Channels []string
	// At is the step that did not end.
	At Tick
	// Waited is how long, by the wall clock.
	Waited time.Duration
}

func (e *StallError) Error() string {
	return fmt.Sprintf("hil: %s: channel %s stalled at %v: nothing for %v of wall-clock time; the outputs are at their safe values", e.Where, strings.Join(e.Channels, ", "), e.At, e.Waited)
}

// LinkError ends a run whose link to a device is down.
type LinkError struct {
	// Connection is the device's, Channels are those that it drives.
	Connection string
	Channels   []string
	At         Tick
	// Err is what the link returned: ErrDown.
	Err error
}

func (e *LinkError) Error() string {
	return fmt.Sprintf("%v: connection %s at %v: channel %s has no device; the outputs are at their safe values", e.Err, e.Connection, e.At, strings.Join(e.Channels, ", "))
}

func (e *LinkError) Unwrap() error { return e.Err }

// PlantError ends a run whose plant failed: it returned Err, or gave a value with
// which no run can go on.
type PlantError struct {
	// Channel is the output at fault, empty when Step returned an error.
	Channel string
	Value   float64
	At      Tick
	Err     error
}

func (e *PlantError) Error() string {
	if e.Channel == "" {
		return fmt.Sprintf("hil: the plant failed at %v: %v", e.At, e.Err)
	}
	return fmt.Sprintf("%v: channel %s is %v at %v; the outputs are at their safe values", e.Err, e.Channel, e.Value, e.At)
}

func (e *PlantError) Unwrap() error { return e.Err }
