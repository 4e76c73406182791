// Command audio-callback is an audio effect that takes its buffers from a
// real-time allocator: each block allocates, pushes samples, adds a reverb, copies
// back and frees, in bounded time and without the Go heap.
//
//	go run ./examples/audio-callback                   # without a device
//	go run ./examples/audio-callback -backend offline
//	go run ./examples/audio-callback -backend auto     # on a JACK or PipeWire server
//
// On a server the effect, which is declared, runs in a process of its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/memkit-go/memkit/rt/audio"
	"github.com/memkit-go/memkit/rt/isolate"
)

// declared is the effect as a process of its own can make it.
var declared = audio.Declare("audio-callback", func([]string) (audio.Processor, error) { return newEffect() })

func main() {
	isolate.Main()
	log.SetFlags(0)
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

func run(args []string, w io.Writer) error {
	f := flag.NewFlagSet("audio-callback", flag.ContinueOnError)
	backend := f.String("backend", "sim", "sim, offline, auto, jack or portaudio")
	length := f.Duration("for", time.Second, "how long to run")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, b := range []audio.Backend{audio.Auto, audio.JACK, audio.PortAudio} {
		if b.String() == *backend {
			return live(w, audio.Config{Backend: b, In: 1, Out: 1}, declared, *length)
		}
	}
	here := map[string]func(*effect) error{
		"sim": func(e *effect) error {
			return live(w, audio.Config{Backend: audio.Sim, In: 1, Out: 1, Sim: audio.SimConfig{Source: click()}}, e, *length)
		},
		"offline": func(e *effect) error { return offline(w, e, *length) },
	}[*backend]
	if here == nil {
		return fmt.Errorf("backend %q: give sim, offline, auto, jack or portaudio", *backend)
	}
	return withEffect(w, here)
}

// withEffect runs the effect in this process and tells what its allocator counted.
func withEffect(w io.Writer, play func(*effect) error) (err error) {
	e, err := newEffect()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := play(e); err != nil {
		return err
	}
	e.allocator.HandOver() // back from the stream's thread
	s := e.allocator.Stats()
	fmt.Fprintf(w, "allocator: %d blocks of memory refused, %d allocations over %v\n", s.Failures, s.AllocOverruns, wcetAlloc)
	return nil
}

func live(w io.Writer, c audio.Config, p audio.Processor, length time.Duration) error {
	stream, err := audio.Open(c, p)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := stream.Start(); err != nil {
		return err
	}
	time.Sleep(length)
	if err := errors.Join(stream.Err(), stream.Stop()); err != nil {
		return err
	}
	s := stream.Stats()
	fmt.Fprintf(w, "%d blocks, %d substituted, p99 in Process %v, %d blocks allocated on the Go heap\n",
		s.Callbacks, s.Misses, time.Duration(s.Exec.P99), s.Allocs)
	return nil
}

func offline(w io.Writer, e *effect, length time.Duration) error {
	stream, err := audio.Open(audio.Config{Backend: audio.Offline, In: 1, Out: 1}, e)
	if err != nil {
		return err
	}
	defer stream.Close()
	frames := int(length.Seconds() * stream.Spec().Rate)
	in, out := [][]float32{make([]float32, frames)}, [][]float32{make([]float32, frames)}
	click()(in)
	if err := stream.Render(out, in); err != nil {
		return err
	}
	loudest := float32(0)
	for _, v := range out[0][frames/2:] {
		loudest = max(loudest, v, -v)
	}
	fmt.Fprintf(w, "%d frames; half-way through, the reverb of a click is at %.4f\n", frames, loudest)
	return nil
}

// click is an input with one impulse in it.
func click() func(in [][]float32) {
	done := false
	return func(in [][]float32) {
		clear(in[0])
		if !done && len(in[0]) > 0 {
			in[0][0], done = 1, true
		}
	}
}
