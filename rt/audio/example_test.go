package audio_test

import (
	"fmt"
	"runtime"

	"github.com/memkit-go/memkit/rt/audio"
)

// tremolo is an effect: it turns its input's volume up and down.
type tremolo struct {
	depth *audio.Param
	step  float32
	phase float32
}

func (t *tremolo) Prepare(s audio.Spec) error {
	t.depth.Prepare(s.Rate)
	t.step = float32(4 / s.Rate) // 4 Hz
	return nil
}

func (t *tremolo) Reset() { t.phase = 0; t.depth.Reset() }

func (t *tremolo) Process(b *audio.Block) {
	for i := range b.N {
		if t.phase += t.step; t.phase >= 1 {
			t.phase--
		}
		volume := 1 - t.depth.Next()*t.phase
		for c := range b.Out {
			b.Out[c][i] = b.In[c][i] * volume
		}
	}
}

// The effect, offline. With Backend PortAudio or Sim, and Start instead of
// Render, the same Processor plays.
func Example() {
	effect := &tremolo{depth: audio.NewParam(0, 1, 0.5, audio.Smoothing{})}
	stream, err := audio.Open(audio.Config{Backend: audio.Offline, In: 1, Out: 1}, effect)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	in, out := [][]float32{make([]float32, 12000)}, [][]float32{make([]float32, 12000)}
	for i := range in[0] {
		in[0][i] = 0.5
	}
	if err := stream.Render(out, in); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f %.3f %.3f\n", out[0][0], out[0][6000], out[0][11990])
	fmt.Println(stream.Stats().Blocks, "blocks")
	// Output:
	// 0.500 0.375 0.250
	// 188 blocks
}

// Without a device Sim is clocked by the machine.
func Example_sim() {
	stream, err := audio.Open(audio.Config{Backend: audio.Sim, In: 2, Out: 2}, &tremolo{depth: audio.NewParam(0, 1, 0.5, audio.Smoothing{})})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	if err := stream.Start(); err != nil {
		fmt.Println(err)
		return
	}
	for stream.Stats().Callbacks < 10 {
		runtime.Gosched()
	}
	fmt.Println(stream.Spec(), stream.Stop())
	// Output: 48000 Hz, up to 64 frames, 2 in, 2 out <nil>
}

// lookahead delays its input by three frames, as a limiter does that wants to see a
// peak before it plays.
type lookahead struct{ line [3]float32 }

func (l *lookahead) Prepare(audio.Spec) error { return nil }
func (l *lookahead) Reset()                   { l.line = [3]float32{} }
func (l *lookahead) LatencyFrames() int       { return len(l.line) }

func (l *lookahead) Process(b *audio.Block) {
	for i, v := range b.In[0] {
		b.Out[0][i] = l.line[0]
		l.line = [3]float32{l.line[1], l.line[2], v}
	}
}

// RenderAll takes the Processor's latency out.
func ExampleStream_RenderAll() {
	stream, err := audio.Open(audio.Config{Backend: audio.Offline, In: 1, Out: 1}, &lookahead{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	in := [][]float32{{1, 2, 3, 4, 5}}
	late := [][]float32{make([]float32, 5)}
	if err := stream.Render(late, in); err != nil {
		fmt.Println(err)
		return
	}
	out, err := stream.RenderAll(in)
	fmt.Println(late[0], out[0], err)
	// Output: [0 0 0 1 2] [1 2 3 4 5] <nil>
}
