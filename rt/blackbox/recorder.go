package blackbox

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
)

// Recorder is the real-time side of a Box. Its methods belong to one thread, but for
// Dropped.
type Recorder struct {
	out     *ring.Producer[Sample]
	staged  Sample
	dropped atomic.Uint64
}

// NewRecorder records into a ring, of which the Box has the other end. The ring should
// hold the samples of a tenth of a second; the Box empties it each 10 ms.
func NewRecorder(out *ring.Producer[Sample]) *Recorder { return &Recorder{out: out} }

// Log records the values of a channel, whose number is its place in Config.Channels
// counted from 1. Values beyond MostValues are left out. When the ring is full the sample
// is dropped and counted.
//
// Cost: O(len(values)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound MostValues
func (r *Recorder) Log(channel int, at int64, values ...float64) {
	s := &r.staged
	s.At, s.Channel, s.Count = at, uint32(channel), uint32(copy(s.Values[:], values))
	if !r.out.Push(*s) {
		r.dropped.Add(1)
	}
}

// Tick records a tick: its index, its wake latency and the activations skipped before it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recorder) Tick(t *rt.Tick) {
	s := &r.staged
	s.At, s.Channel, s.Count = t.Now, TickChannel, 3
	s.Values[0], s.Values[1], s.Values[2] = float64(t.Index), float64(t.Now-t.Intended), float64(t.Skipped)
	if !r.out.Push(*s) {
		r.dropped.Add(1)
	}
}

// Dropped counts the samples that the ring had no room for.
func (r *Recorder) Dropped() uint64 { return r.dropped.Load() }
