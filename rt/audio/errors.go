package audio

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrStalled: the device has stopped calling the stream and reports no error.
	ErrStalled = errors.New("audio: the device has stopped calling")
	// ErrDeviceGone: the device was unplugged or its server has ended.
	ErrDeviceGone = errors.New("audio: the device is gone")
	// ErrNoDevice: there is no device at all.
	ErrNoDevice = errors.New("audio: no device; plug one in, start a sound server, or use Backend Sim")
	// ErrNoBackend: this binary was built without the backend.
	ErrNoBackend = fmt.Errorf("audio: the backend is not built in; build with cgo, and for PortAudio with -tags portaudio, or use Backend Sim: %w", errors.ErrUnsupported)
	// ErrRunning: the stream runs already.
	ErrRunning = errors.New("audio: the stream runs already")
	// ErrClosed: the stream was closed.
	ErrClosed = errors.New("audio: the stream is closed")
	// ErrOffline: an offline stream has no clock.
	ErrOffline = errors.New("audio: an offline stream is not started; call Render")
	// ErrNotOffline: a live stream is clocked by its device.
	ErrNotOffline = errors.New("audio: only an offline stream can Render; open one with Backend Offline")
	// ErrStuck: Process has not returned for longer than Config.Stall. Stop gives up
	// waiting for it after a second; its memory stays mapped until it returns.
	ErrStuck = errors.New("audio: Process has not returned; its buffers are kept until it does")
	// ErrExited: Process has ended its goroutine by runtime.Goexit.
	ErrExited = errors.New("audio: Process has called runtime.Goexit, which ends the stream's thread; return instead")
	// ErrInProcess: a method that waits for Process was called by Process.
	ErrInProcess = errors.New("audio: called from within Process, which it would wait for; call it from another goroutine, or answer with Block.Notify")
)

// PanicError is a panic in Process.
type PanicError struct {
	// Value that Process panicked with, and the Stack of its goroutine.
	Value any
	Stack string
	// Frame is the block's first.
	Frame int64
}

// Error is "audio: Process panicked at frame 4800: …".
func (e *PanicError) Error() string {
	return fmt.Sprintf("audio: Process panicked at frame %d: %v", e.Frame, e.Value)
}

// DeviceError is a request that no device answers to.
type DeviceError struct {
	// Want is the request, `device "USB"` or "rate 96000".
	Want string
	// Reason says what there is instead.
	Reason string
}

// Error is `audio: device "USB": no such device; there are "…", "…"`.
func (e *DeviceError) Error() string { return "audio: " + e.Want + ": " + e.Reason }

// inputError is an error of the input device.
type inputError struct{ cause error }

func (e *inputError) Error() string {
	return "audio: the input device: " + strings.TrimPrefix(e.cause.Error(), "audio: ")
}

func (e *inputError) Unwrap() error { return e.cause }

// lostError is [ErrDeviceGone] with the reason why the device ended or cannot be
// opened again.
type lostError struct{ cause error }

func (e *lostError) Error() string {
	return ErrDeviceGone.Error() + ": " + strings.TrimPrefix(e.cause.Error(), "audio: ")
}

func (e *lostError) Unwrap() []error { return []error{ErrDeviceGone, e.cause} }
