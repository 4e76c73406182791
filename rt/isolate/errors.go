package isolate

import (
	"errors"
	"fmt"
	"github.com/memkit-go/memkit/rt"
	"strings"
	"syscall"
)

var (
	// ErrNoMain is wrapped by Start's error where the child would run the whole
	// program again, because nothing recognises it as a child.
	ErrNoMain = errors.New(`isolate: an isolate needs isolate.Main as the first statement of main and of TestMain:
	func main() { isolate.Main(); … }
	func TestMain(m *testing.M) { isolate.Main(); os.Exit(m.Run()) }`)
	// ErrNested is returned by Start inside an isolate.
	ErrNested = errors.New("isolate: Start inside an isolate; start all isolates from the program's first process")
	// ErrHung is wrapped by the error of an isolate whose heartbeat stopped.
	ErrHung = errors.New("isolate: the heartbeat has stopped")
	// ErrStopped is the cause of a child's context when its parent has asked it
	// to stop.
	ErrStopped = errors.New("isolate: the parent has asked for the stop")
	// ErrOrphaned is the cause of a child's context when its parent is gone.
	ErrOrphaned = errors.New("isolate: the parent is gone")
)

// ExitError says how one generation of an isolate ended, other than well.
type ExitError struct {
	// Entry is the entry's name, Generation counts from 0.
	Entry      string
	Generation int
	// PID is the child's process.
	PID int
	// Code is the exit status, -1 when a signal ended the process.
	Code int
	// Signal ended the process, 0 when none did.
	Signal syscall.Signal
	// Stderr is the end of what the child wrote to its standard error: at most
	// 16 KiB.
	Stderr string
	// Err is the error that the entry returned, or why it was not run, or
	// [ErrHung]; nil when the child did not come to say. Of the types that the
	// entry's error wraps, *PrivilegeError and *ConfigError come across.
	Err error
}

// Error is "isolate: control: killed: the heartbeat has stopped", or ends with the
// most informative line of the standard error.
func (e *ExitError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "isolate: %s", e.Entry)
	if e.Generation > 0 {
		fmt.Fprintf(&b, ", restart %d", e.Generation)
	}
	switch {
	case e.Signal != 0:
		fmt.Fprintf(&b, ": %v", e.Signal)
	case e.Err == nil || e.Code > exitFailed:
		fmt.Fprintf(&b, ": exit status %d", e.Code)
	}
	if e.Err != nil {
		b.WriteString(": " + strings.TrimPrefix(e.Err.Error(), "isolate: "))
	} else if line := tellingLine(e.Stderr); line != "" {
		fmt.Fprintf(&b, ": %s", line)
	}
	return b.String()
}

// Unwrap is Err.
func (e *ExitError) Unwrap() error { return e.Err }

// tellingLine is the line of a crash's output that says what happened: the
// runtime's, or else the last.
func tellingLine(stderr string) string {
	last := ""
	var causes []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if isCause(line) || causes != nil && isExplanation(line) {
			causes = append(causes, line)
		}
		if line != "" {
			last = line
		}
	}
	if causes != nil {
		return causeOf(causes)
	}
	return last
}

// The exit statuses of a child. A panic exits with the runtime's 2.
const (
	exitFailed   = 1
	exitPanic    = 2 // the runtime's
	exitOrphaned = 3
)

func configError(field, value, reason, remedy string) *rt.ConfigError {
	return &rt.ConfigError{Package: "isolate", Field: field, Value: value, Reason: reason, Remedy: remedy}
}
