package main

import (
	"errors"

	"github.com/memkit-go/memkit/wcet"
)

// Exit codes of every command. When several apply, an error beats a breach beats
// an open question beats a pass.
const (
	exitPass = 0
	// exitError: the command could not do its work. Never mistaken for a pass.
	exitError = 1
	// exitBreach: a budget is broken.
	exitBreach = 2
	// exitOpen: inconclusive or unsupported; the evidence does not support a pass.
	exitOpen = 3
)

// statusError ends a command with an exit code. A nil err means that the command
// has already said everything on its output.
type statusError struct {
	code int
	err  error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// exitCode is the process's exit status for a command that ended with err.
func exitCode(err error) int {
	if err == nil {
		return exitPass
	}
	var status *statusError
	if errors.As(err, &status) {
		return status.code
	}
	return exitError
}

// verdictCode is the exit code of a verdict.
func verdictCode(v wcet.Verdict) int {
	switch v {
	case wcet.Pass:
		return exitPass
	case wcet.Fail:
		return exitBreach
	default:
		return exitOpen
	}
}
