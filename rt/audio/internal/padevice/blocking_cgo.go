//go:build portaudio && cgo

package padevice

import (
	"errors"
	"fmt"

	"github.com/gordonklaus/portaudio"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

const (
	// waitPeriods is how long Read and Write wait for the device before they count
	// an xrun instead: PortAudio itself would wait indefinitely for a server that ended.
	waitPeriods = 4
	// looksPerPeriod is how often they look: each look costs a call into C, and
	// half the time between two is added to the latency.
	looksPerPeriod = 8
)

// blocking is a stream that is read and written. Its buffers are interleaved,
// because PortAudio on JACK takes nothing else.
type blocking struct {
	*stream
	in, out []float32
	period  int64 // ns
	now     func() int64
	// How many frames can be read and written, as values made once.
	readable, writable func() (int, error)
}

func newBlocking(s *stream, g backend.Info) *blocking {
	return &blocking{
		stream: s,
		in:     make([]float32, g.Frames*g.In), out: make([]float32, g.Frames*g.Out),
		period: int64(float64(g.Frames) / g.Rate * 1e9),
	}
}

func (b *blocking) open(p portaudio.StreamParameters) (pa *portaudio.Stream, err error) {
	switch {
	case p.Input.Device == nil:
		pa, err = portaudio.OpenStream(p, &b.out)
	case p.Output.Device == nil:
		pa, err = portaudio.OpenStream(p, &b.in)
	default:
		pa, err = portaudio.OpenStream(p, &b.in, &b.out)
	}
	if err == nil {
		b.readable, b.writable = pa.AvailableToRead, pa.AvailableToWrite
	}
	return pa, err
}

// Bind implements backend.Stream: the engine reads and writes by itself.
func (b *blocking) Bind(s backend.Sink) error {
	b.now = s.Now
	return nil
}

// Read implements backend.Blocker.
//
//rt:allow ML602 reason="waits for the device, as Blocking does"
//rt:allow ML608 reason="waits for the device, as Blocking does"
//rt:allow ML610 reason="a method of PortAudio's stream; an error number that errors.Is compares"
//rt:allow ML613 reason="errors.Is compares types; the stream ends with any other error"
//rt:allow ML601 reason="the stream ends"
func (b *blocking) Read(c *backend.Cycle) error {
	c.N, c.Flags = b.info.Frames, 0
	if len(b.in) > 0 {
		ready, err := b.await(b.readable)
		if err != nil {
			return err
		}
		if ready {
			err = b.pa.Read()
		}
		if !ready || errors.Is(err, portaudio.InputOverflowed) {
			c.Flags |= handoff.XrunIn
			err = nil
		}
		if err != nil {
			return fmt.Errorf("portaudio: reading: %w", err)
		}
		for ch, to := range c.In {
			for i := range to[:c.N] {
				to[i] = b.in[i*len(c.In)+ch]
			}
		}
	}
	c.Entry = b.now()
	c.Begin = c.Entry
	c.InTime, c.OutTime = c.Begin-b.info.InLatency, c.Begin+b.info.OutLatency
	return nil
}

// Write implements backend.Blocker.
//
//rt:allow ML602 reason="waits for the device, as Blocking does"
//rt:allow ML608 reason="waits for the device, as Blocking does"
//rt:allow ML610 reason="a method of PortAudio's stream; an error number that errors.Is compares"
//rt:allow ML613 reason="errors.Is compares types; the stream ends with any other error"
//rt:allow ML601 reason="the stream ends"
func (b *blocking) Write(c *backend.Cycle) error {
	if len(b.out) == 0 {
		return nil
	}
	for ch, from := range c.Out {
		for i, v := range from[:c.N] {
			b.out[i*len(c.Out)+ch] = v
		}
	}
	ready, err := b.await(b.writable)
	if err != nil {
		return err
	}
	if ready {
		err = b.pa.Write()
	}
	if !ready || errors.Is(err, portaudio.OutputUnderflowed) {
		c.Flags |= handoff.XrunOut
		return nil
	}
	if err != nil {
		return fmt.Errorf("portaudio: writing: %w", err)
	}
	return nil
}

// await waits until available says a block, at most for a few periods.
//
//rt:allow ML601 reason="the stream ends"
//rt:allow ML613 reason="the stream ends"
func (b *blocking) await(available func() (int, error)) (ready bool, err error) {
	for range waitPeriods * looksPerPeriod {
		n, err := available()
		if err != nil {
			return false, fmt.Errorf("portaudio: %w", err)
		}
		if n >= b.info.Frames {
			return true, nil
		}
		nap(b.period / looksPerPeriod)
	}
	return false, b.Err()
}
