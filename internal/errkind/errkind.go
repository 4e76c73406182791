// Package errkind makes errors that have a text of their own and that errors.Is
// finds to be a given sentinel. With fmt.Errorf and %w the sentinel's text, and so
// its package's prefix, would be repeated in the message.
package errkind

import (
	"fmt"
	"strings"
)

type kindError struct {
	kind error
	text string
}

// Errorf returns an error with the formatted text that unwraps to kind.
func Errorf(kind error, format string, args ...any) error {
	return &kindError{kind, fmt.Sprintf(format, args...)}
}

func (e *kindError) Error() string { return e.text }

func (e *kindError) Unwrap() error { return e.kind }

// Wrapf returns an error with the formatted text, a colon and the text of err, without
// the prefix of err's package, pkg. It unwraps to err.
func Wrapf(err error, pkg, format string, args ...any) error {
	return &kindError{err, fmt.Sprintf(format, args...) + ": " + strings.TrimPrefix(err.Error(), pkg+": ")}
}
