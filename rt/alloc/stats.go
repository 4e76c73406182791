package alloc

import (
	"time"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// Stats is a snapshot of an allocator's account.
type Stats struct {
	// Heap is the part of the heap. Its failures include requests that fell back.
	Heap tlsf.Stats
	// Classes are the size classes, smallest first.
	Classes []pool.ClassStats
	// Spills counts requests that their class could not serve and the heap got.
	Spills uint64
	// Failures counts requests that neither class nor heap could serve.
	Failures uint64
	// Fallbacks counts those that the Go heap served, FallbackLive the ones not
	// freed yet, and FallbacksRefused those refused on a real-time thread.
	Fallbacks, FallbacksRefused uint64
	FallbackLive                int
	// AllocOverruns and FreeOverruns count operations longer than Config's WCET
	// bounds, AllocWorst and FreeWorst are the longest. They stay 0 unless a bound
	// or a hook is set. On a preempted thread the interruption is counted too.
	AllocOverruns, FreeOverruns uint64
	AllocWorst, FreeWorst       time.Duration
}

// Stats reports the account. It allocates the list of classes: call it where
// that does not matter.
func (a *Allocator) Stats() Stats {
	s := Stats{
		Heap:             a.heap.Stats(),
		Spills:           a.stats.spills,
		Failures:         a.stats.failures,
		Fallbacks:        a.stats.fallbacks,
		FallbacksRefused: a.stats.fallbacksRefused,
		FallbackLive:     len(a.fallback),
		AllocOverruns:    a.stats.allocs.overruns,
		FreeOverruns:     a.stats.frees.overruns,
		AllocWorst:       a.stats.allocs.worst,
		FreeWorst:        a.stats.frees.worst,
	}
	if a.classes != nil {
		s.Classes = a.classes.AppendStats(nil)
	}
	return s
}
