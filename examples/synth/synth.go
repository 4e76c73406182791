package main

import (
	"math"
	"time"

	"github.com/memkit-go/memkit/rt/audio"
	"github.com/memkit-go/memkit/rt/audio/dsp"
)

// brightness is the parameter that opens the filter, in Hz.
const brightness = 1

// synth is two voices: a steady saw on the left, and a sweeping triangle on the
// right whose filter follows a parameter.
type synth struct {
	rate          float64
	steady, sweep dsp.Oscillator
	filters       [2]dsp.Biquad
	bright        *audio.Param
}

func newSynth() *synth {
	s := &synth{bright: audio.NewParam(100, 8000, 800, audio.Smoothing{Curve: audio.OnePole, Time: 50 * time.Millisecond})}
	s.steady.Shape, s.sweep.Shape = dsp.Saw, dsp.Triangle
	return s
}

func (s *synth) Prepare(spec audio.Spec) error {
	s.rate = spec.Rate
	s.bright.Prepare(spec.Rate)
	s.steady.SetFrequency(110, s.rate)
	return nil
}

func (s *synth) Reset() {
	s.steady.Reset(0)
	s.sweep.Reset(0)
	s.bright.Reset()
	for i := range s.filters {
		s.filters[i].Reset()
	}
}

// Process renders one block: nothing in it allocates or waits.
func (s *synth) Process(b *audio.Block) {
	from := 0
	for _, e := range b.Events {
		s.render(b, from, int(e.Offset)) // so that the change comes at its very sample
		from = int(e.Offset)
		if e.Kind == audio.ParamChange && e.Param == brightness {
			s.bright.Set(float32(e.Value))
		}
	}
	s.render(b, from, b.N)
}

// render renders the frames from, up to to.
func (s *synth) render(b *audio.Block, from, to int) {
	voices := [2]*dsp.Oscillator{&s.steady, &s.sweep}
	for i := from; i < to; i++ {
		// 220 Hz to 880 and back, every four seconds.
		seconds := float64(b.Frame+int64(i)) / s.rate
		s.sweep.SetFrequency(440*math.Exp2(math.Sin(seconds*math.Pi/2)), s.rate)
		s.filter(i)
		for v, voice := range voices {
			sample := []float32{0.4 * voice.Next()}
			s.filters[v].Process(sample, sample)
			for ch, out := range b.Out {
				if ch%2 == v || len(b.Out) == 1 {
					out[i] += sample[0]
				}
			}
		}
	}
}

// filter follows the parameter; coefficients cost more than samples, so only every
// 16 frames.
func (s *synth) filter(i int) {
	hz := s.bright.Next()
	if i%16 != 0 {
		return
	}
	for v := range s.filters {
		s.filters[v].Set(dsp.Lowpass(float64(hz), s.rate, 2))
	}
}
