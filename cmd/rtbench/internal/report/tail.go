package report

import (
	"math"
	"slices"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/dist"
)

// tail is the part of a sample that a generalised Pareto fit describes.
type tail struct {
	dist.GPD
	// fitted are the values behind the fit, ascending: all exceedances of the
	// threshold or, where those come in clusters, the largest of each.
	fitted []int64
	// exceedances of the threshold.
	exceedances int
	// share of activations beyond the threshold.
	share float64
}

// newTail finds the samples behind an analysis' fit: the pool's, or those of the
// one process that a worst-process analysis rests on. It is nil where nothing
// was fitted or the samples are not the ones that were.
func newTail(s *sample, a *wcet.Analysis) *tail {
	if a == nil || a.Tail == nil {
		return nil
	}
	fit := a.Tail
	t := &tail{GPD: dist.GPD{Threshold: fit.Threshold, Scale: fit.Scale, Shape: fit.Shape}, share: math.NaN()}
	if !finite(fit.Threshold) || !finite(fit.Shape) || !finite(fit.Scale) || fit.Scale <= 0 {
		return nil
	}
	rate := t.rate(a.Bounds)
	groups := [][]record.Series{s.processes}
	if a.WorstProcess {
		groups = nil
		for i := range s.processes {
			groups = append(groups, s.processes[i:i+1])
		}
	}
	best := math.Inf(1)
	for _, group := range groups {
		n, of := 0, 0
		exceedances(group, fit.Threshold, func(int, int64) { n++ })
		for i := range group {
			of += len(group[i].Samples)
		}
		share := float64(n) / float64(of)
		miss := math.Abs(share - rate)
		if math.IsNaN(rate) {
			miss = math.Abs(float64(n - fit.Exceedances))
		}
		if n > 0 && miss < best {
			best = miss
			t.exceedances, t.share, t.fitted = n, share, clusterPeaks(group, fit.Threshold, fit.Exceedances)
		}
	}
	if t.exceedances == 0 {
		return nil
	}
	return t
}

// rate is the share of activations beyond the threshold that bounds were
// computed with, worked back from one of them; NaN without any.
func (t *tail) rate(bounds []wcet.Bound) float64 {
	for _, b := range bounds {
		if isTailBound(b) && b.Value > t.Threshold {
			if rate := b.P / t.Survival(b.Value); rate > 0 && rate <= 1 {
				return rate
			}
		}
	}
	return math.NaN()
}

// quantile is the value that a share p of all activations exceeds under the fit,
// for p up to the tail's share.
func (t *tail) quantile(p float64) float64 {
	return t.SurvivalQuantile(math.Min(1, p/t.share))
}

// clusterPeaks groups the exceedances of u into k clusters by the longest times
// between them (intervals declustering: Ferro & Segers 2003, section 4) and
// returns each cluster's largest value, ascending. A new process starts a new
// cluster. With as many clusters as exceedances it returns them all.
func clusterPeaks(processes []record.Series, u float64, k int) (peaks []int64) {
	var times []int
	clusters := 0
	exceedances(processes, u, func(time int, _ int64) {
		if time > 0 {
			times = append(times, time)
		} else {
			clusters++
		}
	})
	// Times up to cut join; the k−clusters longest separate.
	slices.Sort(times)
	cut := 0
	if joined := len(times) - max(0, k-clusters); joined > 0 {
		cut = times[joined-1]
	}
	exceedances(processes, u, func(time int, v int64) {
		if time == 0 || time > cut {
			peaks = append(peaks, v)
		} else if last := &peaks[len(peaks)-1]; v > *last {
			*last = v
		}
	})
	slices.Sort(peaks)
	return peaks
}

// exceedances visits every sample beyond u in measuring order, with the distance
// to the one before it in the same process, 0 for the first.
func exceedances(processes []record.Series, u float64, visit func(time int, v int64)) {
	for i := range processes {
		last := -1
		for at, v := range processes[i].Samples {
			if float64(v) <= u {
				continue
			}
			if last < 0 {
				visit(0, v)
			} else {
				visit(at-last, v)
			}
			last = at
		}
	}
}
