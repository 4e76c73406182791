package wav

import "fmt"

// FormatError says why a file cannot be read, or not to its end.
type FormatError struct {
	// What names the fault and the remedy.
	What string
	// Err is the cause, where there is one: io.ErrUnexpectedEOF for a file that
	// ends too early.
	Err error
}

// Error returns "wav: ", the fault and the cause.
func (e *FormatError) Error() string {
	if e.Err != nil {
		return "wav: " + e.What + ": " + e.Err.Error()
	}
	return "wav: " + e.What
}

// Unwrap returns Err.
func (e *FormatError) Unwrap() error { return e.Err }

func formatErrorf(format string, args ...any) error {
	return &FormatError{What: fmt.Sprintf(format, args...)}
}
