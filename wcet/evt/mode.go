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
// which this run may have missed.

const (
	// metByChance is how many samples of a mode a run needs for its bounds to take
	// account of that mode. Of rarer modes they say nothing.
	metByChance = 20
	// modeLevel is the likelihood ratio beyond which the largest excesses have a
	// scale of their own. Samples of one population exceed it in less than 1%. A lower
	// level refuses more and makes those bounds worse that are left: of a mode that
	// mostly shows, the runs in which it does not.
	modeLevel = 12
	// Beyond usualRatio, which a third of the samples of one population exceeds, each
	// unit of the ratio stands for one more sample that may be missed: the less the
	// largest samples look like the others, the more of them may be a mode's.
	usualRatio = 2
	// fewSamples are so few that a mode of twenty lies in the fitted tail for the most
	// part, whose own limit covers it; in manySamples and more it does not. So much more,
	// or less, may be missed than is missing by chance: not all of a mode lies beyond the
	// level that it is taken to begin at. Calibrated on mixtures; see docs/evidence.
	fewSamples, missedOfFew   = 2000.0, 0.4
	manySamples, missedOfMany = 3000.0, 1.17
	// From ampleSamples on the largest of the rest hide a mode: the more, the further out
	// they lie, by as much as a mode of ten times the scale needs that is met twenty times
	// in 200,000 samples. A largest sample that stands no further out than usualStanding,
	// see [body.standing], which a third of the samples of an exponential tail exceeds,
	// hides none; beyond that twice the difference may be hidden, at most mostHidden samples.
	ampleSamples, countlessSamples = 20_000.0, 200_000.0
	usualStanding, mostHidden      = 1, 2
)

// modeMissed is how many samples of a mode may be expected beyond the largest of n
// samples, with none there. ratio and standing are of the largest samples.
func modeMissed(n, confidence, ratio, standing float64) float64 {
	share := missedOfFew + (missedOfMany-missedOfFew)*between(fewSamples, manySamples, n)
	hidden := between(ampleSamples, countlessSamples, n) * min(mostHidden, 2*max(0, standing-usualStanding))
	return -math.Log(1-confidence)*share + max(0, ratio-usualRatio) + hidden
}

// between is where n lies on the logarithmic scale from low, 0, to high, 1.
func between(low, high, n float64) float64 {
	return min(1, max(0, math.Log(n/low)/math.Log(high/low)))
}

// modeLimit is the upper limit of the value exceeded with probability p if n samples
// have missed the large values of a mode. It is one of twenty samples with an
// exponential tail from start on: 20·exp(−(z−start)/τ) of them are expected beyond z,
// of which [modeMissed] says how many may lie beyond the largest, and the target is
// where n·p are. A mode of more samples would have been missed less.
func modeLimit(n, start, largest, p, missed float64) float64 {
	// What may be missed with near certainty is no mode that the run has met.
	met := max(metByChance, 2*missed)
	return start + (largest-start)*max(0, math.Log(met/(n*p))/math.Log(met/missed))
}

// topCounts are how many of the largest excesses are compared with the rest.
var topCounts = []int{2, 3, 4, 6, 9, 13, 19, 28, 40}

// RarestMode is the share of the rarest slow mode that a bound from n samples takes
// account of: one that the run has met twenty times. Of a rarer one it says nothing.
func RarestMode(n int) float64 { return min(1, metByChance/float64(n)) }

// modeRatio is that of the largest excesses to the others, and how many they are.
func (f *gpdFit) modeRatio(seed uint64) (ratio float64, top int) {
	if f.half > 0 {
		smooth, err := fitGPD(f.smoothed(seed).excesses)
		if err != nil {
			return 0, 0
		}
		f = smooth
	}
	return f.topRatio()
}

// modeReason says that the largest excesses do not belong to the others.
func modeReason(ratio float64, top int) string {
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
