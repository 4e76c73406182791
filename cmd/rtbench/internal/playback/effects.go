package playback

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/memkit-go/memkit/rt/audio"
	"github.com/memkit-go/memkit/rt/audio/dsp"
	"github.com/memkit-go/memkit/rt/audio/wav"
)

// effects is the demo's chain, on each channel: what rumbles is cut, an echo is
// added, and the whole made a little softer, so that the echo finds room.
type effects struct {
	cut    []*dsp.Biquad
	echoes []*dsp.Delay
	gain   []*dsp.Gain
	delay  float64 // in frames
}

const (
	rumbleHz     = 40
	butterworth  = math.Sqrt2 / 2
	echoSeconds  = 0.25
	echoWet      = 0.35
	echoFeedback = 0.4
	softer       = 0.8
)

// Prepare implements audio.Processor: as many outputs as inputs.
func (e *effects) Prepare(s audio.Spec) error {
	if s.In != s.Out {
		return fmt.Errorf("effects: %d inputs and %d outputs; give as many of both", s.In, s.Out)
	}
	e.delay = echoSeconds * s.Rate
	for range s.In {
		cut, err := dsp.NewBiquad(dsp.Highpass(rumbleHz, s.Rate, butterworth))
		if err != nil {
			return err
		}
		echo, err := dsp.NewDelay(int(e.delay) + 1)
		if err != nil {
			return err
		}
		e.cut, e.echoes, e.gain = append(e.cut, cut), append(e.echoes, echo), append(e.gain, dsp.NewGain(softer))
	}
	return nil
}

// Process implements audio.Processor.
func (e *effects) Process(b *audio.Block) {
	for c, in := range b.In {
		out := b.Out[c]
		e.cut[c].Process(out, in)
		e.echoes[c].Echo(out, out, e.delay, echoWet, echoFeedback)
		e.gain[c].Process(out, out)
	}
}

// Reset implements audio.Processor.
func (e *effects) Reset() {
	for c := range e.cut {
		e.cut[c].Reset()
		e.echoes[c].Reset()
	}
}

// TailFrames implements audio.TailReporter.
func (e *effects) TailFrames() int { return dsp.EchoTail(e.delay, echoWet, echoFeedback) }

// Effect renders a WAV file through the demo's effects, its tail included, and
// writes 32 bit floats. Of a file that is shorter than its header says it renders the
// frames that are there, and short says so.
func Effect(from io.Reader, to io.WriteSeeker) (out *wav.Sound, short, err error) {
	in, err := wav.Read(from)
	if err != nil {
		if !errors.Is(err, io.ErrUnexpectedEOF) || in == nil || in.Frames() == 0 {
			return nil, nil, err
		}
		short = err
	}
	s, err := audio.Open(audio.Config{
		Backend: audio.Offline, Rate: float64(in.Rate), In: len(in.Channels), Out: len(in.Channels),
	}, &effects{})
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	out = &wav.Sound{Rate: in.Rate}
	if out.Channels, err = s.RenderAll(in.Channels); err != nil {
		return nil, nil, err
	}
	return out, short, wav.Write(to, out, wav.Float32)
}
