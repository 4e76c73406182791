package cthread

import "errors"

var (
	// ErrTimeout: the C function had not returned when the time was over. It runs
	// on, and its late result is discarded.
	ErrTimeout = errors.New("cthread: the call did not return in time")
	// ErrBusy: the function of an earlier call is still running, so this one was
	// not made.
	ErrBusy = errors.New("cthread: an earlier call is still running")
	// ErrClosed: the thread has ended.
	ErrClosed = errors.New("cthread: the thread is closed")
	// ErrNoFunction: the function is nil.
	ErrNoFunction = errors.New("cthread: the C function is nil")
)
