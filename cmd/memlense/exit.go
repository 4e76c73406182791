package main

import (
	"errors"

	"github.com/memkit-go/memkit/lens/report"
)

// Exit codes. When several apply, an error beats findings beats clean.
const (
	exitClean = 0
	// exitError: something could not be analysed. Never mistaken for clean.
	exitError = 1
	// exitFindings: a contract is broken.
	exitFindings = 2
)

// statusError ends a command with an exit code, when the command has already said
// everything on its output.
type statusError struct{ code int }

func (*statusError) Error() string { return "" }

// exitCode is the process's exit status for a command that ended with err.
func exitCode(err error) int {
	if err == nil {
		return exitClean
	}
	var status *statusError
	if errors.As(err, &status) {
		return status.code
	}
	return exitError
}

// outcome is the error that ends a command with the code of a report.
func outcome(r *report.Report) error {
	switch {
	case len(r.Errors) > 0:
		return &statusError{exitError}
	case len(r.Findings) > 0:
		return &statusError{exitFindings}
	}
	return nil
}
