//go:build portaudio && cgo && linux

package peer

/*
#cgo pkg-config: jack
#include "plainaudio.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/gordonklaus/portaudio"
)

// PlainAudio is what a Go program does today: process in the callback of
// github.com/gordonklaus/portaudio, on JACK. Around that callback one in C takes
// stamps, which show how long C waited for Go.
type PlainAudio struct{ stream *portaudio.Stream }

// AudioCycle is one call of the device, in ns on the clock of rt.Now.
type AudioCycle struct {
	Begin, Entry, End int64
	N                 int
	// Number is the server's of the cycle.
	Number uint32
	// Xrun: the device reported lost input or output.
	Xrun bool
}

// OpenPlainAudio opens the JACK server's default output for two channels. It keeps
// the stamps of as many cycles.
func OpenPlainAudio(rate float64, frames, cycles int, process func(out [][]float32)) (*PlainAudio, error) {
	if err := portaudio.Initialize(); err != nil {
		return nil, err
	}
	s, err := openPlain(rate, frames, cycles, process)
	if err != nil {
		return nil, errors.Join(err, portaudio.Terminate())
	}
	return &PlainAudio{s}, nil
}

// PlainAudioOnce opens the same stream without stamps, starts, stops and closes it.
func PlainAudioOnce(rate float64, frames int, process func(out [][]float32)) error {
	if err := portaudio.Initialize(); err != nil {
		return err
	}
	s, err := openUnwatched(rate, frames, process)
	if err != nil {
		return errors.Join(err, portaudio.Terminate())
	}
	return errors.Join(s.Start(), s.Stop(), s.Close(), portaudio.Terminate())
}

func openPlain(rate float64, frames, cycles int, process func(out [][]float32)) (*portaudio.Stream, error) {
	if C.plain_watch(C.uint64_t(cycles)) != 0 {
		return nil, errors.New("no client for the JACK server's clock")
	}
	return openUnwatched(rate, frames, process)
}

func openUnwatched(rate float64, frames int, process func(out [][]float32)) (*portaudio.Stream, error) {
	host, err := portaudio.HostApi(portaudio.JACK)
	if err != nil {
		return nil, fmt.Errorf("no JACK server: %w", err)
	}
	p := portaudio.LowLatencyParameters(nil, host.DefaultOutputDevice)
	p.Output.Channels, p.SampleRate, p.FramesPerBuffer = 2, rate, frames
	return portaudio.OpenStream(p, process)
}

// Start lets the device call.
func (a *PlainAudio) Start() error { return a.stream.Start() }

// Stop ends the calls.
func (a *PlainAudio) Stop() error { return a.stream.Stop() }

// Cycles are those so far.
func (a *PlainAudio) Cycles() []AudioCycle {
	all := make([]AudioCycle, int(C.plain_count()))
	for i, c := range unsafe.Slice(C.plain_cycles(), len(all)) {
		all[i] = AudioCycle{int64(c.begin), int64(c.entry), int64(c.end), int(c.n), uint32(c.number), c.flags&0xf != 0}
	}
	return all
}

// Close gives the device back; Cycles must not be called after it.
func (a *PlainAudio) Close() error {
	err := errors.Join(a.stream.Close(), portaudio.Terminate())
	C.plain_unwatch()
	return err
}
