package audio_test

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/memkit-go/memkit/rt/audio"
)

// A parameter moves to its target sample by sample, here over four samples of 48 kHz.
func ExampleParam() {
	gain := audio.NewParam(0, 1, 0, audio.Smoothing{Time: 83333 * time.Nanosecond})
	gain.Prepare(48000)
	gain.Set(1)
	values := make([]float32, 6)
	fmt.Println(gain.Fill(values), values)
	// Output: true [0.25 0.5 0.75 1 1 1]
}

// keys plays a constant while a key is held.
// volume is the program's and its isolates'.
var volume = audio.NewSharedParam("volume", 0, 1, 0.5, audio.Smoothing{})

// quieter tells the volume that it begins with.
type quieter struct{ told bool }

func (q *quieter) Prepare(s audio.Spec) error { volume.Prepare(s.Rate); return nil }
func (q *quieter) Reset()                     { volume.Reset() }
func (q *quieter) Process(b *audio.Block) {
	if !q.told {
		q.told = b.Notify(audio.Event{Value: float64(volume.Next())})
	}
}

var quiet = audio.Declare("quieter", func([]string) (audio.Processor, error) { return &quieter{}, nil })

// A Processor in a process of its own follows a parameter that the program sets.
func ExampleNewSharedParam() {
	volume.Set(0.25)
	stream, err := audio.Open(audio.Config{Backend: audio.Sim}, quiet)
	if err == nil {
		err = stream.Start()
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	e, ok := stream.Receive()
	for end := time.Now().Add(time.Minute); !ok && time.Now().Before(end); e, ok = stream.Receive() {
		runtime.Gosched()
	}
	fmt.Println(e.Value)
	// Output: 0.25
}

type keys struct{ level float32 }

func (k *keys) Prepare(audio.Spec) error { return nil }
func (k *keys) Reset()                   { k.level = 0 }

func (k *keys) Process(b *audio.Block) {
	from := 0
	for _, e := range b.Events {
		fill(b.Out[0][from:e.Offset], k.level)
		from = int(e.Offset)
		if e.Kind == audio.MIDI && e.MIDI[0] == 0x90 {
			k.level = float32(e.MIDI[2]) / 127
		}
		b.Notify(e)
	}
	fill(b.Out[0][from:b.N], k.level)
}

func fill(out []float32, v float32) {
	for i := range out {
		out[i] = v
	}
}

// An event takes effect at its frame, and the Processor can answer.
func ExampleStream_Send() {
	stream, err := audio.Open(audio.Config{Backend: audio.Offline, Out: 1}, &keys{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	stream.Send(audio.Event{Frame: 3, Kind: audio.MIDI, MIDI: [3]byte{0x90, 60, 127}})
	out := [][]float32{make([]float32, 6)}
	err = stream.Render(out, nil)
	answer, ok := stream.Receive()
	fmt.Println(out[0], err, answer, ok)
	// Output: [0 0 0 1 1 1] <nil> midi at frame 3: 90 3c 7f true
}

// The input comes from another device, whose clock and block size differ.
func ExampleInput() {
	stream, err := audio.Open(audio.Config{
		Backend: audio.Sim, In: 1, Out: 1,
		Input: &audio.Input{Backend: audio.Sim, Frames: 441},
	}, &tremolo{depth: audio.NewParam(0, 1, 0.5, audio.Smoothing{})})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stream.Spec(), stream.Close())
	// Output: 48000 Hz, up to 64 frames, 1 in, 1 out <nil>
}

// Devices lists what a backend can open.
func ExampleDevices() {
	devices, err := audio.Devices(audio.Sim)
	fmt.Println(devices[0], err)
	// Output: "sim", 64 in, 64 out, 48000 Hz, default input and output <nil>
}

// A config that cannot be used is refused with the field, its value and the remedy.
func ExampleConfigError() {
	_, err := audio.Open(audio.Config{Backend: audio.Offline, Rate: 48}, &keys{})
	var config *audio.ConfigError
	fmt.Println(errors.As(err, &config), config.Field)
	fmt.Println(err)
	// Output:
	// true Rate
	// audio: Config.Rate 48: is no sample rate; give whole frames a second, e.g. 48000, or 0 for the device's own
}

// Stats counts what happened to the blocks.
func ExampleStream_Stats() {
	stream, err := audio.Open(audio.Config{Backend: audio.Offline, Out: 1}, &keys{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	err = stream.Render([][]float32{make([]float32, 128)}, nil)
	fmt.Println(stream.Stats().Blocks, stream.Stats().Misses, err)
	// Output: 2 0 <nil>
}
