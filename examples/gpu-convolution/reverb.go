package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/fir"
	"github.com/memkit-go/memkit/rt/audio"
)

const (
	taps = fir.MostTaps
	// limit leaves the CPU the better part of a block's 1333 µs.
	limit = 300 * time.Microsecond
)

// reverb convolves its input with the response of a room.
type reverb struct {
	response []float32
	filter   *fir.Filter
	way      string // that a block takes to the device
}

// newReverb makes a reverb on the device where it has resident kernels, because
// Process may run on a thread that must not call C. Elsewhere the CPU computes it.
func newReverb(ctx context.Context, d *gpu.Device) (*reverb, error) {
	r := &reverb{response: room(), way: "resident kernel"}
	var err error
	if r.filter, err = fir.New(ctx, d, fir.Config{Taps: r.response, Limit: limit}); err != nil {
		return nil, err
	}
	if resident, _ := r.filter.Resident(); resident {
		return r, nil
	}
	if err := r.filter.Close(); err != nil {
		return nil, err
	}
	r.way = "no resident kernel"
	r.filter, err = fir.New(ctx, nil, fir.Config{Taps: r.response})
	return r, err
}

// room is a decaying noise behind the direct sound.
func room() []float32 {
	noise := rand.New(rand.NewPCG(1, 2))
	h := make([]float32, taps)
	for i := range h {
		h[i] = float32(noise.NormFloat64() * math.Exp(-float64(i)/900) * 0.05)
	}
	h[0] = 1
	return h
}

// Close gives the device's memory back; the stream must be closed before.
func (r *reverb) Close() error { return r.filter.Close() }

// Prepare checks the size of blocks.
func (r *reverb) Prepare(s audio.Spec) error {
	if s.MaxFrames%fir.Block != 0 {
		return fmt.Errorf("blocks of %d frames: must be a multiple of %d", s.MaxFrames, fir.Block)
	}
	return nil
}

// Reset forgets the sound so far.
func (r *reverb) Reset() { r.filter.Reset() }

// Process is the callback. A block that is no multiple of 64 passes as it is.
func (r *reverb) Process(b *audio.Block) {
	if err := r.filter.Process(b.Out[0], b.In[0]); err != nil {
		copy(b.Out[0], b.In[0])
	}
}
