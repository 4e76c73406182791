package main

import (
	"errors"
	"time"

	"github.com/memkit-go/memkit/rt/alloc"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/audio"
	"github.com/memkit-go/memkit/rt/audio/dsp"
	"github.com/memkit-go/memkit/rt/fixed"
)

const (
	memoryBudget = 64 << 20              // bytes, set aside at the start
	wcetAlloc    = 10 * time.Microsecond // longer allocations are counted
)

// effect soft-clips its input and adds a reverb.
type effect struct {
	memory    *arena.Arena
	allocator *alloc.Allocator
	reverb    *fixed.Vec[*tap]
	filter    dsp.Biquad
}

// tap is one echo of the reverb.
type tap struct {
	line     *dsp.Delay
	samples  float64
	feedback float32
}

func newEffect() (*effect, error) {
	memory, err := arena.New(arena.Config{Size: memoryBudget, Name: "audio-callback"})
	if err != nil {
		return nil, err
	}
	allocator, err := alloc.New(memory.Bytes(), alloc.Config{WCETAlloc: wcetAlloc})
	if err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	reverb, err := fixed.NewVec[*tap](8)
	if err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	return &effect{memory: memory, allocator: allocator, reverb: reverb}, nil
}

// Close gives the memory back; the stream must be closed before.
func (e *effect) Close() error { return errors.Join(e.allocator.Close(), e.memory.Close()) }

// Prepare sets up the reverb: four combs, whose lengths have no common divisor,
// after Schroeder, Natural Sounding Artificial Reverberation, JAES 10(3), 1962.
func (e *effect) Prepare(s audio.Spec) error {
	e.reverb.Clear()
	for _, ms := range []float64{29.7, 37.1, 41.1, 43.7} {
		samples := ms / 1000 * s.Rate
		line, err := dsp.NewDelay(int(samples) + 1)
		if err != nil {
			return err
		}
		if _, err := e.reverb.Push(&tap{line, samples, 0.8}); err != nil {
			return err
		}
	}
	e.filter.Set(dsp.Lowpass(6000, s.Rate, 0.7))
	return nil
}

func (e *effect) Reset() {
	for _, t := range e.reverb.Slice() {
		t.line.Reset()
	}
	e.filter.Reset()
}

// Process is the callback. Without memory it plays silence, which the stream has
// put into Out already.
func (e *effect) Process(b *audio.Block) {
	e.allocator.HandOver() // the stream's thread is not the one that made it
	buffer, err := samples(e.allocator, b.N)
	if err != nil {
		return
	}
	wet, err := samples(e.allocator, b.N)
	if err == nil {
		for i, v := range b.In[0] {
			buffer[i] = clip(v)
		}
		e.applyReverb(buffer, wet)
		copy(b.Out[0], buffer)
		release(e.allocator, wet)
	}
	release(e.allocator, buffer)
}

// clip is a soft limit, x − x³/3 within −1 to 1.
func clip(x float32) float32 {
	x = min(max(x, -1), 1)
	return x - x*x*x/3
}

// applyReverb adds the filtered sum of the echoes to buffer.
func (e *effect) applyReverb(buffer, wet []float32) {
	for i, v := range buffer {
		for _, t := range e.reverb.Slice() {
			echo := t.line.At(t.samples - 1)
			t.line.Push(v + t.feedback*echo)
			wet[i] += echo / 4
		}
	}
	e.filter.Process(wet, wet)
	for i, v := range wet {
		buffer[i] += v
	}
}
