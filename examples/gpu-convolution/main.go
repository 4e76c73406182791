// Command gpu-convolution is an audio effect whose blocks go through a device: a
// reverb of 4096 taps, computed by a resident kernel well inside the 1.33 ms that a
// block of 64 samples lasts. What the device does not answer in time the CPU computes.
//
//	go run ./examples/gpu-convolution                    # simulated audio, for a second
//	go run ./examples/gpu-convolution -audio offline
//	go run ./examples/gpu-convolution -audio auto        # a sound server
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/gpu/vulkan"
	"github.com/memkit-go/memkit/rt/audio"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

// backends by the name of the flag.
var backends = map[string]audio.Backend{"sim": audio.Sim, "offline": audio.Offline, "auto": audio.Auto}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	f := flag.NewFlagSet("gpu-convolution", flag.ContinueOnError)
	device := f.String("backend", "auto", "vulkan, dummy, or auto for the first that has a device")
	clock := f.String("audio", "sim", "sim, offline or auto")
	length := f.Duration("for", time.Second, "how long to run")
	if err := f.Parse(args); err != nil {
		return err
	}
	backend, ok := backends[*clock]
	if !ok {
		return fmt.Errorf("-audio %q: give sim, offline or auto", *clock)
	}
	d, err := gpu.Open(ctx, gpu.Config{Backend: *device, Drivers: []gpu.Driver{vulkan.Driver{}, dummy.Driver{}}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	r, err := newReverb(ctx, d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	d.Seal() // from here on nothing allocates in the driver

	if backend == audio.Offline {
		err = offline(w, r, *length)
	} else {
		err = live(w, backend, r, *length)
	}
	if err != nil {
		return err
	}
	s := r.filter.Stats()
	fmt.Fprintf(w, "%s, %s: %d blocks on the device, %d on the CPU, %d of them because the device was late\n", d.Caps().Device, r.way, s.Device, s.CPU, s.Late)
	return nil
}

func live(w io.Writer, backend audio.Backend, r *reverb, length time.Duration) error {
	stream, err := audio.Open(audio.Config{Backend: backend, In: 1, Out: 1, Sim: audio.SimConfig{Source: click()}}, r)
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
	fmt.Fprintf(w, "%d blocks, %d substituted, p99 in Process %v\n", s.Callbacks, s.Misses, time.Duration(s.Exec.P99))
	return nil
}

func offline(w io.Writer, r *reverb, length time.Duration) error {
	stream, err := audio.Open(audio.Config{Backend: audio.Offline, In: 1, Out: 1}, r)
	if err != nil {
		return err
	}
	defer stream.Close()
	frames := max(int(length.Seconds()*stream.Spec().Rate), taps) / 64 * 64
	in, out := [][]float32{make([]float32, frames)}, [][]float32{make([]float32, frames)}
	click()(in)
	if err := stream.Render(out, in); err != nil {
		return err
	}
	var worst float32
	for i, want := range r.response {
		worst = max(worst, out[0][i]-want, want-out[0][i])
	}
	fmt.Fprintf(w, "%d frames; the click's answer is the response of the room within %.2g\n", frames, worst)
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
