package alloc

import (
	"time"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// Stats is a snapshot of an allocator's account.
type Stats struct {
	// Heap is the heap's account. Its failures include requests that the Go heap
	// served.
	Heap tlsf.Stats
	// Classes are the size classes, smallest first.
	Classes []pool.ClassStats
	// Spills counts requests that went to the heap because their class was used up.
	Spills uint64
	// Failures counts requests that neither class nor heap could serve.
	Failures uint64
	// Fallbacks counts those that the Go heap served, FallbackLive how many of them
	// are live, and FallbacksRefused those refused on a real-time thread.
	Fallbacks, FallbacksRefused uint64
	FallbackLive                int
	// RemoteErrors counts blocks from FreeRemote that Free refused.
	RemoteErrors uint64
	// AllocOverruns and FreeOverruns count operations longer than Config's WCET
	// bounds, AllocWorst and FreeWorst are the longest. They stay 0 unless a bound
	// or a hook is set. They include the time that a thread was preempted.
	AllocOverruns, FreeOverruns uint64
	AllocWorst, FreeWorst       time.Duration
}

// Stats reports the account. It allocates the list of classes from the Go heap, so
// it is not for real-time threads.
func (a *Allocator) Stats() Stats {
	heap := a.heap.Stats()
	s := Stats{
		Heap:             heap,
		Spills:           a.stats.spills,
		Failures:         a.stats.failures,
		Fallbacks:        a.stats.fallbacks,
		FallbacksRefused: a.stats.fallbacksRefused,
		FallbackLive:     len(a.fallback),
		RemoteErrors:     a.stats.remoteErrors + heap.RemoteErrors,
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
