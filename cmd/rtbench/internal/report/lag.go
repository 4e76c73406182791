package report

import (
	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	// lagPairs is how many pairs of neighbours a lag plot draws, evenly chosen.
	lagPairs = 400
	// lagLargest is how many of the largest samples it draws with both neighbours.
	lagLargest = 24
)

// neighbours pairs samples with the next ones of the same process: a choice of all
// pairs, and both pairs of each of the largest samples. Of pairs that no log axis can
// show none is taken.
func neighbours(processes []record.Series, sorted []int64) (pairs []point) {
	total := 0
	for i := range processes {
		total += max(0, len(processes[i].Samples)-1)
	}
	stride := max(1, (total+lagPairs-1)/lagPairs)
	large := sorted[max(0, len(sorted)-lagLargest)]
	kept := 0
	for i := range processes {
		samples := processes[i].Samples
		for k := 0; k+1 < len(samples); k++ {
			extreme := (samples[k] >= large || samples[k+1] >= large) && kept < 2*lagLargest
			if k%stride != 0 && !extreme || samples[k] <= 0 || samples[k+1] <= 0 {
				continue
			}
			if k%stride != 0 {
				kept++
			}
			pairs = append(pairs, point{float64(samples[k]), float64(samples[k+1])})
		}
	}
	return pairs
}

// lagFigure draws each of some samples over the one before it: independent samples
// show no pattern but that of their frequency.
func lagFigure(b bench) *figure {
	pairs := neighbours(b.processes, b.sorted)
	if len(pairs) == 0 {
		return nil
	}
	f := newFigure("the next sample", latencyAxis(b.Unit)+" of a sample")
	f.logX(b.least()*0.97, b.most()*1.05, latencyTicks{b.Unit})
	f.logY(b.least()*0.97, b.most()*1.05, latencyTicks{b.Unit})
	f.Add(layer(func(c surface) { c.dots(svg.Style{Class: "pair"}, pairs) }))
	return f
}
