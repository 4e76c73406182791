// Command synth plays two voices for a while: a steady one, and one that sweeps
// through two octaves under a moving filter.
//
//	go run ./examples/synth                               # on a JACK or PipeWire server
//	go run ./examples/synth -backend sim                  # without a device
//	go run ./examples/synth -backend offline -out a.wav   # faster than sound
//	go run -tags portaudio ./examples/synth -backend portaudio
//
// The Processor is the same each time. Live it runs in a process of its own.
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
	"github.com/memkit-go/memkit/rt/audio/wav"
	"github.com/memkit-go/memkit/rt/isolate"
)

// declared is the synth as a process of its own can make it.
var declared = audio.Declare("synth", func([]string) (audio.Processor, error) { return newSynth(), nil })

func main() {
	isolate.Main()
	log.SetFlags(0)
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

func run(args []string, w io.Writer) error {
	f := flag.NewFlagSet("synth", flag.ContinueOnError)
	backend := f.String("backend", "auto", "auto, jack, portaudio, sim or offline")
	length := f.Duration("for", 2*time.Second, "how long to play")
	out := f.String("out", "", "offline: the WAV file to write")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, b := range []audio.Backend{audio.Auto, audio.JACK, audio.PortAudio, audio.Sim} {
		if b.String() == *backend {
			return play(w, audio.Config{Backend: b}, *length)
		}
	}
	if *backend == audio.Offline.String() {
		return render(w, *out, *length)
	}
	return fmt.Errorf("backend %q: give auto, jack, portaudio, sim or offline", *backend)
}

// play runs the synth live and turns its filter up half-way.
func play(w io.Writer, c audio.Config, length time.Duration) error {
	stream, err := audio.Open(c, declared)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := stream.Start(); err != nil {
		return err
	}
	time.Sleep(length / 2)
	stream.Send(audio.Event{Kind: audio.ParamChange, Param: brightness, Value: 4000})
	time.Sleep(length / 2)
	if err := errors.Join(stream.Err(), stream.Stop()); err != nil {
		return err
	}
	s := stream.Stats()
	fmt.Fprintf(w, "%d blocks at %g Hz, %d substituted, load %.1f%%, p99 of the response %v\n",
		s.Callbacks, stream.Spec().Rate, s.Misses, 100*s.Load, time.Duration(s.Response.P99))
	return nil
}

// render writes what play would have played.
func render(w io.Writer, path string, length time.Duration) error {
	stream, err := audio.Open(audio.Config{Backend: audio.Offline}, newSynth())
	if err != nil {
		return err
	}
	defer stream.Close()
	rate := stream.Spec().Rate
	frames := int(length.Seconds() * rate)
	stream.Send(audio.Event{Frame: int64(frames / 2), Kind: audio.ParamChange, Param: brightness, Value: 4000})
	sound := [][]float32{make([]float32, frames), make([]float32, frames)}
	if err := stream.Render(sound, nil); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d frames at %g Hz\n", frames, rate)
	if path == "" {
		return nil
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = wav.Write(file, &wav.Sound{Rate: int(rate), Channels: sound}, wav.PCM24)
	return errors.Join(err, file.Close())
}
