package suite

import (
	"errors"
	"math"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
)

// skip is a run of activations that were dropped.
type skip struct {
	first int64 // when the first one was due
	n     int64
}

// stall is a stretch in which the machine itself did not run real-time work.
type stall struct {
	from, to int64
	// most is how many dropped activations it can account for; no limit,
	// math.MaxInt64, where its place is known.
	most int64
}

// stolen says that the host took the time, of which only the amount is known.
func (s stall) stolen() bool { return s.most < math.MaxInt64 }

// exempt counts the dropped activations that a stall accounts for: those that
// were due less than a period before it, during it, or within a tenth of a period
// after, while the loop was still busy with the activation that the stall had
// made late.
func exempt(skips []skip, stalls []stall, period int64) int64 {
	var n int64
	aftermath := period / 10
	for _, s := range skips {
		for i := range s.n {
			due := s.first + i*period
			for k := range stalls {
				w := &stalls[k]
				if w.from < due+period && due < w.to+aftermath && w.most > 0 {
					w.most--
					n++
					break
				}
			}
		}
	}
	return n
}

// stallMonitor records stalls while a periodic benchmark runs.
type stallMonitor struct {
	references []*peer.Reference
	steal      *stealWatch
}

const (
	// A stall shorter than half of a period cannot cost an activation.
	stallShare = 2
	// The reference looks twice a period, so that no stall falls between its wakes.
	looksPerPeriod = 2
	stallsMax      = 1 << 16
)

// view is how closely a monitor looks. The zero value sees stalls only, and steal
// only where it can see nothing else.
type view struct {
	// late is the lateness from which a reference's wake is kept, in order to find the
	// cause of outliers; zero: from a stall on.
	late time.Duration
	// steal watches the host's steal time in any case.
	steal bool
	// outliers is how many of the largest samples are kept for their cause; zero
	// is the recorder's default.
	outliers int
}

// startStallMonitor puts a C reference, a SCHED_FIFO thread of the given priority that
// never enters Go, on each of the CPUs, a quarter of a period off the phase of
// the activation first. Where references cannot be had, it watches the host's steal
// time instead, which is all that an ordinary user can see.
func startStallMonitor(v view, cpus []int, priority int, first int64, period time.Duration) (*stallMonitor, error) {
	w := new(stallMonitor)
	late := period / stallShare
	if v.late > 0 {
		late = min(late, v.late)
	}
	if v.steal {
		// A goroutine that sleeps in a system call makes the runtime ask a pinned
		// loop to yield 70 times a second; one that sleeps on a timer does not
		// (Go 1.26, idle process). The timer may allocate now and then.
		w.steal = startStealWatch(cpus, period/stallShare, time.Sleep)
	}
	for _, cpu := range cpus {
		reference, err := peer.StartReference(peer.ReferenceConfig{
			CPU: cpu, Priority: priority,
			Start: first + int64(period)/4, Period: period / looksPerPeriod,
			Stall: late, Stalls: stallsMax,
		})
		if errors.Is(err, bench.ErrUnavailable) {
			w.stop()
			w.steal = startStealWatch(cpus, period/stallShare, sampler.Sleep)
			return w, nil
		}
		if err != nil {
			w.stop()
			return nil, err
		}
		w.references = append(w.references, reference)
	}
	return w, nil
}

// stop ends the monitor and returns what it saw.
func (w *stallMonitor) stop() []stall {
	var stalls []stall
	for _, reference := range w.references {
		for _, s := range reference.Stop().Stalls {
			stalls = append(stalls, stall{s.From, s.To, math.MaxInt64})
		}
	}
	w.references = nil
	if w.steal != nil {
		stalls = append(stalls, w.steal.stop()...)
	}
	return stalls
}
