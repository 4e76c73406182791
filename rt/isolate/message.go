package isolate

import (
	"encoding/json"
	"errors"
	"github.com/memkit-go/memkit/rt"
	"syscall"
	"time"
)

// orders are what a child is told before it runs, on the pipe from its parent:
// one line of JSON. After that the pipe carries the byte stopByte, or its end.
type orders struct {
	Entry      string
	Generation int
	CPU        int // negative for any
	Policy     rt.Policy
	Process    rt.ProcessConfig
	Heartbeat  time.Duration
	Parent     int // process
}

const stopByte = 's'

// report is what a child tells its parent, on the pipe to it: one line of JSON
// each.
type report struct {
	Kind    reportKind
	Failure *failure `json:",omitempty"`
}

// parseReport reads a line; one that is no report is one of no kind.
func parseReport(text []byte) (r report) {
	if json.Unmarshal(text, &r) != nil {
		return report{}
	}
	return r
}

type reportKind string

const (
	reportHello   reportKind = "hello"   // isolate.Main has recognised the child
	reportRunning reportKind = "running" // the entry is about to run
	reportFailed  reportKind = "failed"  // it could not be run, or returned an error
)

// failure is an error that crosses from the child to its parent.
type failure struct {
	Text      string
	Privilege *rt.PrivilegeError `json:",omitempty"` // without Err
	Errno     int                `json:",omitempty"` // Privilege.Err, or its text
	Reason    string             `json:",omitempty"`
	Config    *rt.ConfigError    `json:",omitempty"`
	Known     int                `json:",omitempty"` // index in crossing plus 1
}

// crossing are the sentinels that errors.Is finds on the other side.
var crossing = []error{rt.ErrUnsupported, rt.ErrNoSetup, rt.ErrSetUp, rt.ErrTooManyLoops, rt.ErrOverrun, rt.ErrRunning, ErrNested, ErrOrphaned}

func failureOf(err error) *failure {
	f := &failure{Text: err.Error()}
	var privilege *rt.PrivilegeError
	if errors.As(err, &privilege) {
		bare := *privilege
		var errno syscall.Errno
		if errors.As(bare.Err, &errno) {
			f.Errno = int(errno)
		} else if bare.Err != nil {
			f.Reason = bare.Err.Error()
		}
		bare.Err = nil
		f.Privilege = &bare
	}
	errors.As(err, &f.Config)
	for i, known := range crossing {
		if errors.Is(err, known) {
			f.Known = i + 1
			break
		}
	}
	return f
}

// childError is a child's error in its parent: the text, and what could be
// carried over of what it wraps.
type childError struct {
	text    string
	wrapped []error
}

func (e *childError) Error() string { return e.text }

func (e *childError) Unwrap() []error { return e.wrapped }

func (f *failure) err() error {
	e := &childError{text: f.Text}
	if f.Privilege != nil {
		p := *f.Privilege
		if p.Err = syscall.Errno(f.Errno); f.Errno == 0 {
			p.Err = errors.New(f.Reason)
		}
		e.wrapped = append(e.wrapped, &p)
	}
	if f.Config != nil {
		e.wrapped = append(e.wrapped, f.Config)
	}
	if f.Known > 0 && f.Known <= len(crossing) {
		e.wrapped = append(e.wrapped, crossing[f.Known-1])
	}
	return e
}

// line is a message as it goes through a pipe.
func line(message any) []byte {
	text, err := json.Marshal(message)
	if err != nil {
		panic("isolate: a message between parent and child cannot be written: " + err.Error())
	}
	return append(text, '\n')
}
