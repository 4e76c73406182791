// Package backend is the interface between a stream and the device or server that
// clocks it.
//
// A Backend finds devices and opens streams on them. An opened Stream names the settings that
// the device granted; the engine in rt/audio then prepares its side and binds it with
// Bind; only after Start does the backend call in, from its real-time thread:
//
//   - Handoff: it exchanges blocks over Sink.Region, in C or with
//     handoff.Driver, and calls no Go unless Info.InGo says so.
//   - Direct: it calls Sink.Cycle on its own real-time thread.
//   - Blocking: a thread of the engine's calls Read, then Write.
//
// All methods but Read and Write are called by ordinary goroutines, one at a
// time, except Err, which any may call.
package backend

import (
	"errors"

	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// Mode is how the Processor is called; the values are those of audio.Mode.
type Mode uint8

const (
	Handoff Mode = iota
	Direct
	Blocking
)

// Backend finds devices and opens streams.
type Backend interface {
	// Name as it appears in errors and reports: "portaudio", "sim".
	Name() string
	// Devices lists them all, the default ones marked. No device is no error.
	Devices() ([]Device, error)
	// Open opens a stream that does not run yet. r.Device is nil where there was
	// nothing to choose from.
	Open(r Request) (Stream, error)
}

// Keeper is implemented by backends whose Devices leaves something open, which the Open
// that follows uses. Drop closes it where it was not used.
type Keeper interface{ Drop() error }

// Device as a backend sees it.
type Device struct {
	// Index is the backend's own number.
	Index int
	Name  string
	// HostAPI is empty where the backend has only one.
	HostAPI               string
	In, Out               int
	Rate                  float64
	DefaultIn, DefaultOut bool
}

// Request is what Open should open. The engine has validated it and has chosen
// the devices.
type Request struct {
	// InDevice and OutDevice may be the same; nil where the stream has no such
	// channels.
	InDevice, OutDevice *Device
	// Rate and Frames may be 0: the device's own.
	Rate    float64
	Frames  int
	In, Out int
	Mode    Mode
	// Name of the client, for servers that show one; empty is the program's.
	Name string
}

// Info has the settings that the device granted.
type Info struct {
	Rate float64
	// Frames a cycle, and the most that a cycle may have.
	Frames, MaxFrames int
	In, Out           int
	// InLatency and OutLatency are the device's, in ns.
	InLatency, OutLatency int64
	// InGo: the thread that calls in runs Go, so that it waits for a P as any goroutine
	// does. The exchange over Sink.Region must then be handoff.Config.Portable.
	InGo bool
	// Priority of the thread that calls in, 0 where unknown.
	Priority int
	// Periods is how many periods after its beginning a cycle may end without loss;
	// 0 where unknown, which is taken for 1.
	Periods float64
	// Backend detail for reports: "jack", "alsa".
	Host string
}

// Sink is the engine's side, bound before the first Start.
type Sink struct {
	// Region to exchange blocks over.
	Region *handoff.Region
	// Cycle processes one cycle; nil unless Mode is Direct. It must be called by
	// one thread at a time. It allocates nothing, and a panic in the Processor
	// does not come out of it.
	Cycle func(*Cycle)
	// Now is the clock of all times.
	Now func() int64
	// Blocking: a thread of the engine's will call Read and Write.
	Blocking bool
}

// Stream is an opened device.
type Stream interface {
	Info() Info
	Bind(Sink) error
	// Start and Stop may alternate. When Stop returns, the backend's thread is
	// outside of Sink and stays outside.
	Start() error
	Stop() error
	Close() error
	// Err is nil as long as the device is there; else it wraps ErrGone.
	Err() error
}

// Blocker is implemented by streams of Mode Blocking. Read fills c.In, sets the
// other input fields and returns; Write plays c.Out. Both block on the engine's
// real-time thread, wait at most a few periods, and must not allocate.
type Blocker interface {
	Read(c *Cycle) error
	Write(c *Cycle) error
}

// Variable is implemented by streams whose rate may change while they run. From then
// on the stream substitutes its blocks ([handoff.Paused]), until Resume says that the
// engine is prepared for the new rate.
type Variable interface {
	// Format is the device's rate and the frames of its cycles now.
	Format() (rate float64, frames int)
	Resume(rate float64)
}

// Follower is implemented by streams of Mode Handoff whose thread can be kept on the
// CPU of the thread that it hands blocks to, which saves both from waiting for
// another CPU. Follow is called before Start.
type Follower interface {
	Follow(cpu int)
}

// Cycle is one call of the device. In Direct In and Out are the device's own
// buffers, which the engine copies from and to; in Blocking they are the
// engine's. Begin is Entry where the device does not say when the cycle began.
type Cycle = handoff.Cycle

// ErrGone is wrapped by Stream.Err when the device or its server has ended.
var ErrGone = errors.New("the device is gone")

// ErrNoServer is wrapped by Backend.Devices and Open when no sound server runs.
var ErrNoServer = errors.New("no sound server answers")
