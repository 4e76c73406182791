package report

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// sample is one benchmark's latencies, ready to draw: in measuring order and
// sorted. Nothing is dropped; figures decimate on their own, keeping extremes.
type sample struct {
	processes []record.Series
	// sorted holds all processes' samples, ascending.
	sorted []int64
	// positive is where sorted turns positive: what lies before it has no
	// place on a log axis and is counted instead.
	positive int
}

func newSample(p wcet.Population) *sample {
	s := &sample{}
	for _, series := range p.Latency {
		if len(series.Samples) > 0 {
			s.processes = append(s.processes, series)
		}
	}
	slices.SortStableFunc(s.processes, func(a, b record.Series) int {
		return cmp.Compare(a.Process, b.Process)
	})
	s.sorted = sortedSamples(s.processes)
	s.positive, _ = slices.BinarySearch(s.sorted, 1)
	return s
}

func sortedSamples(series []record.Series) []int64 {
	n := 0
	for i := range series {
		n += len(series[i].Samples)
	}
	all := make([]int64, 0, n)
	for i := range series {
		all = append(all, series[i].Samples...)
	}
	slices.Sort(all)
	return all
}

// drawable reports whether a log axis has anything to show.
func (s *sample) drawable() bool { return s.positive < len(s.sorted) }

// least and most are the ends of the log axis' data. Only for a drawable
// sample.
func (s *sample) least() float64 { return float64(s.sorted[s.positive]) }
func (s *sample) most() float64  { return float64(s.sorted[len(s.sorted)-1]) }

// point is one point of a figure, in data units.
type point struct{ x, y float64 }

// keptTail is how many of the largest samples a curve keeps one by one.
const keptTail = 48

// rankStep thins the ranks below: 5 % steps are half a pixel on a log axis of
// six decades.
const rankStep = 1.05

// exceedance is the share of sorted's samples at or above x, for a decimated,
// ascending set of x that has every one of the largest samples and the
// smallest positive one. Samples that are not positive count in the shares.
func exceedance(sorted []int64) []point {
	n := len(sorted)
	var out []point
	add := func(rank int) {
		x := sorted[n-rank]
		if x <= 0 || len(out) > 0 && out[len(out)-1].x == float64(x) {
			return
		}
		below := sort.Search(n, func(i int) bool { return sorted[i] >= x })
		out = append(out, point{float64(x), float64(n-below) / float64(n)})
	}
	for rank := 1; rank <= n; {
		add(rank)
		rank = max(rank+1, int(math.Min(float64(n)+1, keptAll(rank))))
	}
	if first := sort.Search(n, func(i int) bool { return sorted[i] > 0 }); first < n {
		add(n - first)
	}
	slices.Reverse(out)
	return out
}

func keptAll(rank int) float64 {
	if rank < keptTail {
		return 0
	}
	return float64(rank) * rankStep
}
