package evt

import (
	"fmt"
	"math"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// A rare slow mode is a second population of few, larger values. A run that met it
// some twenty times shows only the largest two or three of them beyond the others,
// often none, and then no test sees it: the bound itself has to leave room. So a
// mode is looked for, and a limit is never less than one that a mode could have
// which this run is likely to have missed.

const (
	// metByChance is how many samples of a mode a run needs for its bounds to take
	// account of that mode. Of rarer modes they say nothing.
	metByChance = 20
	// modeLevel is the likelihood ratio beyond which the largest excesses have a
	// scale of their own. Samples of one population exceed it in 1 to 3%.
	modeLevel = 8
	// modeMissed is how many samples of a mode may be expected beyond the largest
	// sample, at 95%: none of them was there, which happens in 14%.
	modeMissed = 2
)

// modeRoom says how many samples of a mode lie beyond the threshold, in a run of n: the
// fewer, the more room a limit leaves. A mode of twenty that is hard to see has three
// to six there. With few samples the extrapolation is long, and that much room would
// double every bound; the room there covers modes of twice or three times the scale,
// and five times only where they are seen. Calibrated on the mixtures of
// family.Modes; see docs/evidence.
var modeRoom = []struct{ n, samples float64 }{{2000, 45}, {5000, 10}, {200_000, 5.3}}

// modeSamples interpolates modeRoom on logarithmic scales.
func modeSamples(n float64) float64 {
	last := len(modeRoom) - 1
	if n <= modeRoom[0].n {
		return modeRoom[0].samples
	}
	for i := range last {
		if a, b := modeRoom[i], modeRoom[i+1]; n <= b.n {
			return a.samples * math.Pow(b.samples/a.samples, math.Log(n/a.n)/math.Log(b.n/a.n))
		}
	}
	return modeRoom[last].samples
}

// topCounts are how many of the largest excesses are compared with the rest.
var topCounts = []int{2, 3, 4, 6, 9, 13, 19, 28, 40}

// RarestMode is the share of the rarest slow mode that a bound from n samples takes
// account of: one that the run has met twenty times. Of a rarer one it says nothing.
func RarestMode(n int) float64 { return min(1, metByChance/float64(n)) }

// modeReason says that the largest excesses do not belong to the others.
func (f *gpdFit) modeReason(seed uint64) string {
	if f.half > 0 {
		smooth, err := fitGPD(f.smoothed(seed).excesses)
		if err != nil {
			return ""
		}
		f = smooth
	}
	ratio, top := f.topRatio()
	if ratio <= modeLevel {
		return ""
	}
	return fmt.Sprintf("the largest %d samples have a scale of their own (likelihood ratio %.1f): a rare slow mode, which no fit of the rest bounds; find its cause", top, ratio)
}

// topRatio is the likelihood-ratio statistic of "the largest excesses have a larger
// scale of their own", the largest over [topCounts], and where it was attained. The
// rest is fitted alone, as a sample censored where the largest begin, and the
// largest by an exponential tail (in the way of TailID, which asks point by point
// whether the tail goes on as it began).
func (f *gpdFit) topRatio() (ratio float64, top int) {
	y := f.values()
	for _, count := range topCounts {
		if 4*count > len(y) {
			break
		}
		if r := f.topRatioOf(y, count); r > ratio {
			ratio, top = r, count
		}
	}
	return ratio, top
}

// topRatioOf is that of one number of largest excesses, of ascending ones.
func (f *gpdFit) topRatioOf(y []float64, top int) float64 {
	start := len(y) - top
	edge := y[start-1]
	mean := stat.Mean(y[start:]) - edge
	scale := f.scale + f.shape*edge
	if !(mean > 0) || f.shape < 1 && mean <= scale/(1-f.shape) {
		// No heavier than the fit expects.
		return 0
	}
	rest := newExcesses(y[:start], 0, 0)
	censored := func(v []float64) float64 {
		scale := math.Exp(v[0])
		if 1+v[1]*edge/scale <= 0 {
			return math.Inf(1)
		}
		return rest.nll(scale, v[1]) + float64(top)*boxCox(v[1], edge/scale)
	}
	_, alone := stat.Newton(censored, []float64{math.Log(f.scale), f.shape}, []float64{1, 1})
	return 2 * (f.minNLL - alone - float64(top)*(1+math.Log(mean)))
}

// modeLimit is the upper limit of the value exceeded with probability p if n samples,
// of which the largest lies so far beyond the threshold, have missed the large values
// of a mode with an exponential tail: m·exp(−z/τ) of its samples are expected beyond
// z, at most modeMissed beyond the largest, and the target is where n·p are.
func modeLimit(n, beyond, p, confidence float64) float64 {
	samples := modeSamples(n)
	// More confidence means more samples that may have been missed, of a mode that
	// has as many more.
	wider := math.Log(1-confidence) / math.Log(1-DefaultConfidence)
	return beyond * max(0, math.Log(wider*samples/(n*p))/math.Log(samples/modeMissed))
}
