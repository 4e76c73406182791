// Command program has entry points that carry no directive, and calls that only the
// call graph of the whole program resolves.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio"
	"github.com/memkit-go/memkit/rt/isolate"
)

// synth is an audio.Processor.
type synth struct{ voices []voice }

type voice interface{ render(out []float32) }

func (s *synth) Prepare(audio.Spec) error {
	s.voices = make([]voice, 2)
	return nil
}
func (s *synth) Reset() {}

func (s *synth) Process(b *audio.Block) {
	for _, v := range s.voices {
		v.render(b.Out[0]) // the call graph finds both
	}
}

type sine struct{ phase float32 }

func (v *sine) render(out []float32) {
	for i := range out {
		out[i] = v.phase
	}
}

type noise struct{ log []float32 }

func (v *noise) render(out []float32) {
	v.log = append(v.log, out[0]) // finding ML601
}

// controller has a step as a method value.
type controller struct{ c chan int }

func (c *controller) step(t *rt.Tick) error {
	c.c <- 1 // finding ML602
	return nil
}

var control = isolate.Entry("control", func(c *isolate.Child) error {
	loop, err := c.NewLoop(rt.LoopConfig{Period: time.Millisecond})
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	return loop.Run(c.Context(), func(t *rt.Tick) error {
		time.Sleep(1) // finding ML602
		return nil
	})
})

func run(ctx context.Context) error {
	loop, err := rt.NewLoop(rt.LoopConfig{Period: time.Millisecond})
	if err != nil {
		return err
	}
	c := &controller{make(chan int)}
	if err := loop.Run(ctx, c.step); err != nil {
		return err
	}
	return loop.Run(ctx, namedStep)
}

func namedStep(t *rt.Tick) error {
	go run(nil) // finding ML607
	return nil
}

func main() {
	s := &synth{voices: []voice{&sine{}, &noise{}}}
	_, err := audio.Open(audio.Config{}, s)
	fmt.Println(err, control, run(context.Background()))
}
