//go:build portaudio && cgo && (!linux || portaudio_go)

package padevice

import (
	"sync/atomic"
	"time"

	"github.com/gordonklaus/portaudio"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// inGo: the thread that calls in runs Go.
const inGo = true

// callback is what the Go package's own callback calls for one stream.
type callback struct {
	now     func() int64
	process func(*backend.Cycle)
	cycle   backend.Cycle // of the device's thread

	closing, inside atomic.Bool
}

func newCallback() (*callback, error) {
	k := &callback{}
	k.closing.Store(true)
	return k, nil
}

// free has nothing to give back.
func (k *callback) free() {}

// open opens a stream that calls k.
func (k *callback) open(p portaudio.StreamParameters) (*portaudio.Stream, error) {
	return portaudio.OpenStream(p, k.call)
}

// call is one cycle of the device.
//
// Cost: O(frames) and Process. Allocates: no. Blocks: as Sink does, and before it for a P. Caller: the device's thread.
//
//rt:nonallocating
func (k *callback) call(in, out [][]float32, t portaudio.StreamCallbackTimeInfo, f portaudio.StreamCallbackFlags) {
	k.inside.Store(true)
	if k.closing.Load() {
		for _, samples := range out {
			clear(samples)
		}
	} else {
		k.run(in, out, t, f)
	}
	k.inside.Store(false)
}

// run has one cycle processed. PortAudio does not say when the cycle began.
//
// Cost: O(frames) and Process. Allocates: no. Blocks: as Sink does. Caller: the device's thread.
//
//rt:nonallocating
func (k *callback) run(in, out [][]float32, t portaudio.StreamCallbackTimeInfo, f portaudio.StreamCallbackFlags) {
	c := &k.cycle
	c.In, c.Out, c.Flags, c.Entry = in, out, flagsOf(f), k.now()
	c.Begin = c.Entry
	if len(out) > 0 {
		c.N = len(out[0])
	} else {
		c.N = len(in[0])
	}
	c.InTime = c.Begin + int64(t.InputBufferAdcTime-t.CurrentTime)
	c.OutTime = c.Begin + int64(t.OutputBufferDacTime-t.CurrentTime)
	k.process(c)
}

// flagsOf translates PortAudio's flags.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func flagsOf(f portaudio.StreamCallbackFlags) (flags uint32) {
	if f&(portaudio.InputUnderflow|portaudio.InputOverflow) != 0 {
		flags |= handoff.XrunIn
	}
	if f&(portaudio.OutputUnderflow|portaudio.OutputOverflow) != 0 {
		flags |= handoff.XrunOut
	}
	if f&portaudio.PrimingOutput != 0 {
		flags |= handoff.Priming
	}
	return flags
}

// listen finds no clock of a sound server.
func (k *callback) listen(string) bool { return false }

func (k *callback) frames() int   { return 0 }
func (k *callback) priority() int { return 0 }

// serverGone is never known: the stream only stops being called.
func (k *callback) serverGone() bool { return false }

// bind connects the callback with the engine.
func (k *callback) bind(_, _, _ int, s backend.Sink) {
	k.now, k.process = s.Now, s.Cycle
	if s.Cycle == nil {
		driver := s.Region.Driver()
		k.process = func(c *backend.Cycle) { driver.Exchange(c) }
	}
}

// follow and moveBack do nothing: the thread is the Go runtime's as much as PortAudio's.
func (k *callback) follow(int) {}
func (k *callback) moveBack()  {}

// admit lets the callback through to the engine.
func (k *callback) admit() { k.closing.Store(false) }

// shut keeps the callback from the engine and reports whether it is outside.
func (k *callback) shut(wait time.Duration) bool {
	k.closing.Store(true)
	for until := time.Now().Add(wait); k.inside.Load(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(until) {
			return false
		}
	}
	return true
}

// nap waits for so many ns.
func nap(ns int64) { time.Sleep(time.Duration(ns)) }

// Libraries in C are told nothing: neither the name of the client, nor where to look for
// servers, nor to be silent.
func nameClient(string) {}
func hideJACK()         {}
func showJACK()         {}
func hush()             {}
func unhush(bool)       {}
