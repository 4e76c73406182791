package audio

import (
	"fmt"
	"math"
)

// Latency is how far a stream's output lags its input, in frames. Handing a block
// to the Processor's thread adds none: it is played in the cycle in which it came.
type Latency struct {
	// Input is from the capture of a frame to its block, and Output from a block to
	// the sound of it, as the device reports them. PortAudio's report in Blocking
	// leaves out its own queues: over JACK at least three periods more were measured.
	// Offline both are 0.
	Input, Output int
	// Processor is its LatencyFrames.
	Processor int
}

// Total is from the capture of a frame to the sound of it.
func (l Latency) Total() int { return l.Input + l.Output + l.Processor }

// extent is what a Processor says of its output against its input, in frames.
type extent struct{ latency, tail int }

// extentOf asks p, which is prepared.
func extentOf(p Processor) (e extent, err error) {
	if r, ok := p.(LatencyReporter); ok {
		e.latency = r.LatencyFrames()
	}
	if r, ok := p.(TailReporter); ok {
		e.tail = r.TailFrames()
	}
	switch {
	case e.latency < 0 || e.latency > maxExtent:
		return e, fmt.Errorf("audio: LatencyFrames is %d: must be 0 to %d", e.latency, maxExtent)
	case e.tail < 0 || e.tail > maxExtent:
		return e, fmt.Errorf("audio: TailFrames is %d: must be 0 to %d; for a sound without end, after how many it may be cut", e.tail, maxExtent)
	}
	return e, nil
}

// maxExtent is six hours at 48 kHz, so that sums of lengths stay numbers.
const maxExtent = 1 << 30

// framesIn is how many frames ns are, to the nearest.
func framesIn(ns int64, rate float64) int { return int(math.Round(float64(ns) * rate / 1e9)) }
