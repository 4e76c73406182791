package suite

import (
	"errors"
	"math"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
)

// skip is a run of activations that were dropped.
type skip struct {
	first int64 // when the first one was due
	n     int64
}

// stall is a stretch in which the machine itself did not run real-time work.
type stall struct {
	from, to int64
	// most is how many dropped activations it can account for.
	most int64
}

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

// watch looks out for stalls while a periodic benchmark runs.
type watch struct {
	twins []*peer.Twin
	steal *stealWatch
}

const (
	// A stall shorter than half of a period cannot cost an activation.
	stallShare = 2
	// The twin looks twice a period, so that no stall falls between its wakes.
	looksPerPeriod = 2
	stallsMax      = 1 << 16
)

// startWatch puts a C twin, a SCHED_FIFO thread of the given priority that
// never enters Go, on each of the CPUs, a quarter of a period off the phase of
// the activation first. Where twins cannot be had, it watches the host's steal
// time instead, which is all that an ordinary user can see.
func startWatch(cpus []int, priority int, first int64, period time.Duration) (*watch, error) {
	w := new(watch)
	for _, cpu := range cpus {
		twin, err := peer.StartTwin(peer.TwinConfig{
			CPU: cpu, Priority: priority,
			Start: first + int64(period)/4, Period: period / looksPerPeriod,
			Stall: period / stallShare, Stalls: stallsMax,
		})
		if errors.Is(err, bench.ErrUnavailable) {
			w.stop()
			w.steal = startStealWatch(period / stallShare)
			return w, nil
		}
		if err != nil {
			w.stop()
			return nil, err
		}
		w.twins = append(w.twins, twin)
	}
	return w, nil
}

// stop ends the watch and returns what it saw.
func (w *watch) stop() []stall {
	var stalls []stall
	for _, twin := range w.twins {
		for _, s := range twin.Stop().Stalls {
			stalls = append(stalls, stall{s.From, s.To, math.MaxInt64})
		}
	}
	w.twins = nil
	if w.steal != nil {
		stalls = append(stalls, w.steal.stop()...)
	}
	return stalls
}
