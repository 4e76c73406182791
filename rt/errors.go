package rt

import (
	"cmp"
	"errors"
	"fmt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"strings"
)

var (
	// ErrUnsupported is [errors.ErrUnsupported], wrapped by what this operating
	// system or Go version cannot do; the error that wraps it names it.
	ErrUnsupported = errors.ErrUnsupported
	// ErrStop is returned by a step to end its loop: Run then returns nil.
	ErrStop = errors.New("rt: the step has ended its loop")
	// ErrOverrun is wrapped by Run's error when a loop with the policy Stop
	// missed an activation.
	ErrOverrun = errors.New("rt: a step ended after its deadline")
	// ErrMissBudget is wrapped by Run's error when a loop missed more deadlines
	// than its MissBudget allows.
	ErrMissBudget = errors.New("rt: more deadlines were missed than the budget allows")
	// ErrNoSetup is returned by NewLoop for Strict where Setup has not been
	// called, or its Process is closed.
	ErrNoSetup = errors.New("rt: Strict needs a process that is set up: call rt.Setup before rt.NewLoop and keep its Process open")
	// ErrSetUp is returned by Setup while another Process is open.
	ErrSetUp = errors.New("rt: Setup: the process is set up already; Close its Process first")
	// ErrLoopsRunning is returned by Process.Close while a Strict loop runs.
	ErrLoopsRunning = errors.New("rt: Process.Close: a loop is still running; end it first, because restoring stops the world")
	// ErrTooManyLoops is returned by Run when more Strict loops run at once
	// than Setup was told.
	ErrTooManyLoops = errors.New("rt: more Strict loops than ProcessConfig.Loops; raise it, so that every loop has a P of its own")
	// ErrNoBandwidth is wrapped by NewLoop and Run where the kernel's admission
	// control finds that a Deadline policy's reservation does not fit together with
	// the others: reserve less, or lengthen the period.
	ErrNoBandwidth = errors.New("rt: the reservation does not fit; give a smaller runtime, or end other SCHED_DEADLINE threads")
	// ErrFromStep is returned by Process.Maintenance where a Strict loop's own
	// thread calls it: it would wait for itself.
	ErrFromStep = errors.New("rt: Process.Maintenance called from a loop's step; call it from an ordinary goroutine")
	// ErrMemoryCap is wrapped by the error of a loop that was stopped because the Go
	// heap, with the collector off, has grown beyond ProcessConfig.MemoryCap.
	ErrMemoryCap = errors.New("rt: the Go heap has grown beyond ProcessConfig.MemoryCap")
	// ErrRunning is returned by Run while the loop runs already.
	ErrRunning = errors.New("rt: the loop is running already")
)

// ConfigError is a config field that cannot be used.
type ConfigError struct {
	// Package that the field belongs to; empty means rt.
	Package string
	// Field, "LoopConfig.Period", and its value.
	Field, Value string
	// Reason names the fault, Remedy the value to write instead.
	Reason, Remedy string
}

func configError(field, value, reason, remedy string) *ConfigError {
	return &ConfigError{Field: field, Value: value, Reason: reason, Remedy: remedy}
}

// Error is "rt: LoopConfig.Period 0s: must be positive; give …".
func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s: %s %s: %s; %s", cmp.Or(e.Package, "rt"), e.Field, e.Value, e.Reason, e.Remedy)
}

// PrivilegeError is what the kernel refused for want of a right.
type PrivilegeError struct {
	// Op is the request: "SCHED_FIFO".
	Op string
	// Need and Have compare the right: "CAP_SYS_NICE or RLIMIT_RTPRIO ≥ 80"
	// and "0".
	Need, Have string
	// Remedy says how to get it.
	Remedy string
	// Err is the system call's error.
	Err error
}

// Error is "SCHED_FIFO refused: EPERM; need CAP_SYS_NICE or RLIMIT_RTPRIO ≥ 80,
// have 0", followed by the remedy.
func (e *PrivilegeError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + " refused")
	if e.Err != nil {
		b.WriteString(": " + machine.ErrorName(e.Err))
	}
	fmt.Fprintf(&b, "; need %s, have %s", e.Need, e.Have)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Unwrap is the system call's error.
func (e *PrivilegeError) Unwrap() error { return e.Err }
