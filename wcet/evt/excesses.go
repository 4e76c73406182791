package evt

import (
	"math"
	"slices"
	"sort"

	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// excesses are the distances of exceedances above a threshold, equal values
// counted once.
type excesses struct {
	// y ascending and distinct, positive; weight counts each.
	y, weight []float64
	n         float64
	// half is half a timer step: a value y then stands for y±half and enters
	// the likelihood as an interval. 0 is the exact likelihood.
	half float64
}

// newExcesses takes the values of an ascending sample beyond u. With a timer
// step, the threshold lies on the edge between two steps.
func newExcesses(sorted []float64, u, step float64) excesses {
	e := excesses{half: step / 2}
	start := sort.Search(len(sorted), func(i int) bool { return sorted[i] > u })
	for _, v := range sorted[start:] {
		y := v - u
		if last := len(e.y) - 1; last >= 0 && e.y[last] == y {
			e.weight[last]++
		} else {
			e.y, e.weight = append(e.y, y), append(e.weight, 1)
		}
		e.n++
	}
	return e
}

func (e excesses) largest() float64 { return e.y[len(e.y)-1] }

// thinned is every so many-th excess in ascending order, about n in all.
func (e excesses) thinned(n int) excesses {
	return newExcesses(stat.Thinned(e.values(), n), 0, 2*e.half)
}

// values lists the excesses one by one, ascending.
func (e excesses) values() []float64 {
	all := make([]float64, 0, int(e.n))
	for i, y := range e.y {
		for range int(e.weight[i]) {
			all = append(all, y)
		}
	}
	return all
}

// moments are the mean and the coefficient of variation, NaN for fewer than two.
// Both are of shares, so that no sum of large numbers overflows.
func (e excesses) moments() (mean, cv float64) {
	for i, y := range e.y {
		mean += e.weight[i] / e.n * y
	}
	squares := 0.0
	for i, y := range e.y {
		off := y/mean - 1
		squares += e.weight[i] * off * off
	}
	return mean, math.Sqrt(squares / (e.n - 1))
}

// nll is the negative log-likelihood of a generalised Pareto distribution; +Inf
// outside its domain, in which the shape exceeds −1: below, the likelihood has
// no maximum.
func (e excesses) nll(scale, shape float64) float64 {
	if !(scale > 0) || shape <= -1 {
		return math.Inf(1)
	}
	if e.half > 0 {
		return e.intervalNLL(dist.GPD{Scale: scale, Shape: shape})
	}
	if shape < 0 && 1+shape*e.largest()/scale <= 0 {
		return math.Inf(1)
	}
	sum := 0.0
	if rate := shape / scale; math.Abs(rate*e.largest()) < 1e-8 {
		for i, y := range e.y {
			sum += e.weight[i] * y * (1 - rate*y/2)
		}
		sum /= scale
	} else {
		sum = e.sumLog1p(rate) / shape
	}
	return e.n*math.Log(scale) + (1+shape)*sum
}

const (
	// logFactors are multiplied before one logarithm is taken of them.
	logFactors = 8
	// leastFactor and mostFactor bound |rate·y| for that: below, 1+rate·y has lost too
	// many digits, above, a product may overflow.
	leastFactor, mostFactor = 1e-3, 1e30
)

// sumLog1p is Σ weight·log(1+rate·y), all 1+rate·y being positive.
func (e excesses) sumLog1p(rate float64) (sum float64) {
	if most := math.Abs(rate * e.largest()); e.n != float64(len(e.y)) || !(most > leastFactor && most < mostFactor) {
		for i, y := range e.y {
			sum += e.weight[i] * math.Log1p(rate*y)
		}
		return sum
	}
	y := e.y
	for ; len(y) >= logFactors; y = y[logFactors:] {
		a := (1 + rate*y[0]) * (1 + rate*y[1]) * (1 + rate*y[2]) * (1 + rate*y[3])
		b := (1 + rate*y[4]) * (1 + rate*y[5]) * (1 + rate*y[6]) * (1 + rate*y[7])
		sum += math.Log(a * b)
	}
	for _, v := range y {
		sum += math.Log1p(rate * v)
	}
	return sum
}

// intervalNLL uses the probability of each value's timer step instead of a
// density: −log(S(y−half) − S(y+half)).
func (e excesses) intervalNLL(d dist.GPD) float64 {
	sum := 0.0
	for i, y := range e.y {
		near, far := d.Survival(max(0, y-e.half)), d.Survival(y+e.half)
		sum -= e.weight[i] * math.Log(near-far)
	}
	if math.IsNaN(sum) {
		return math.Inf(1)
	}
	return sum
}

// bestScale is the scale that maximises the likelihood for a given shape. The
// score (1+ξ)Σ y/(σ+ξy) = n falls in σ, so that its root is unique.
func (e excesses) bestScale(shape, start float64) float64 {
	if e.half > 0 {
		log, _ := stat.Minimum(func(s float64) float64 { return e.nll(math.Exp(s), shape) }, math.Log(start), 0.1, 1e-9)
		return math.Exp(log)
	}
	lo := max(0, -shape*e.largest())
	hi := math.Inf(1)
	scale := max(start, lo*(1+1e-9))
	for range 100 {
		var score, slope float64
		for i, y := range e.y {
			t := y / (scale + shape*y)
			score += e.weight[i] * t
			slope -= e.weight[i] * t / (scale + shape*y)
		}
		score = (1+shape)*score - e.n
		if score > 0 {
			lo = scale
		} else {
			hi = scale
		}
		next := scale - score/((1+shape)*slope)
		if !(next > lo && next < hi) {
			next = 2 * scale
			if !math.IsInf(hi, 1) {
				next = (lo + hi) / 2
			}
		}
		if math.Abs(next-scale) <= 1e-12*scale {
			return next
		}
		scale = next
	}
	return scale
}

// timerStep is the resolution of the samples: the largest step of which every
// value is a multiple (up to rounding), when values repeat often enough for
// that to matter; 0 otherwise. Only the largest values are looked at, since
// only they are fitted.
func timerStep(sorted []float64) float64 {
	top := sorted[max(0, len(sorted)-resolutionWindow):]
	distinct := slices.Compact(slices.Clone(top))
	if len(distinct) < 2 || float64(len(distinct)) > maxDistinct*float64(len(top)) {
		return 0
	}
	step := math.Inf(1)
	for i := 1; i < len(distinct); i++ {
		step = min(step, distinct[i]-distinct[i-1])
	}
	for _, v := range distinct {
		multiples := (v - distinct[0]) / step
		if math.Abs(multiples-math.Round(multiples)) > 1e-6*max(1, multiples) {
			return 0
		}
	}
	return step
}

const (
	// resolutionWindow is the number of largest samples that show the timer's step:
	// ten times the most that are fitted.
	resolutionWindow = 5000
	// maxDistinct is the share of distinct values above which ties are too few
	// to matter: 500 exceedances with a tenth tied move the shape by less than
	// a tenth of its standard error.
	maxDistinct = 0.9
)
