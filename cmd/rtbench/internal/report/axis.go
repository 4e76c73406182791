package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// logScale is a log axis that pins what lies outside to its ends, so that a
// limit far beyond the data cannot leave the drawing.
type logScale struct{}

func (logScale) Normalize(lo, hi, v float64) float64 {
	if !(v > lo) {
		return 0
	}
	return math.Min(1, math.Log(v/lo)/math.Log(hi/lo))
}

// linearScale pins likewise.
type linearScale struct{}

func (linearScale) Normalize(lo, hi, v float64) float64 {
	return math.Max(0, math.Min(1, (v-lo)/(hi-lo)))
}

// latencyTicks label a log axis of latencies: decades over a wide range, 1-2-5
// over a narrow one, evenly where even that leaves too few.
type latencyTicks struct{ unit string }

// Ticks implements plot.Ticker.
func (t latencyTicks) Ticks(lo, hi float64) []plot.Tick {
	var ticks []plot.Tick
	switch {
	case hi/lo >= 500:
		ticks = decades(lo, hi, t.label, decadeStep(lo, hi, 7))
	case hi/lo >= 5:
		ticks = oneTwoFive(lo, hi, t.label)
	default:
		ticks = even(lo, hi, 4, t.label)
	}
	return ticks
}

func (t latencyTicks) label(v float64) string { return tickQuantity(v, t.unit) }

// evenTicks label a linear axis; without a unit, of sample numbers.
type evenTicks struct{ unit string }

// Ticks implements plot.Ticker.
func (t evenTicks) Ticks(lo, hi float64) []plot.Tick {
	return even(lo, hi, 4, func(v float64) string {
		if t.unit == "" {
			return count(int(v))
		}
		return tickQuantity(v, t.unit)
	})
}

// shareTicks label a log axis of probabilities by powers of ten.
type shareTicks struct{}

// Ticks implements plot.Ticker.
func (shareTicks) Ticks(lo, hi float64) []plot.Tick {
	label := func(v float64) string { return power(int(math.Round(math.Log10(v)))) }
	return majors(decades(lo, hi, label, decadeStep(lo, hi, 6)))
}

// countTicks label a log axis of counts.
type countTicks struct{}

// Ticks implements plot.Ticker.
func (countTicks) Ticks(lo, hi float64) []plot.Tick {
	label := func(v float64) string {
		if v < 1e5 {
			return count(int(v))
		}
		return power(int(math.Round(math.Log10(v))))
	}
	return majors(decades(math.Max(1, lo), hi, label, decadeStep(lo, hi, 6)))
}

// decadeStep is how many decades apart labels stand so that at most n fit.
func decadeStep(lo, hi float64, n int) int {
	return 1 + int(math.Log10(hi/lo))/n
}

// slack keeps a tick that rounding has put a hair outside of the axis.
const slack = 1e-9

func decades(lo, hi float64, label func(float64) string, step int) (ticks []plot.Tick) {
	for exp := int(math.Floor(math.Log10(lo))); ; exp++ {
		decade := math.Pow(10, float64(exp))
		if decade > hi*(1+slack) {
			return ticks
		}
		for digit := 1.0; digit <= 9; digit++ {
			v := digit * decade
			if v < lo*(1-slack) || v > hi*(1+slack) {
				continue
			}
			tick := plot.Tick{Value: v}
			if digit == 1 && exp%step == 0 {
				tick.Label = label(v)
			}
			ticks = append(ticks, tick)
		}
	}
}

func oneTwoFive(lo, hi float64, label func(float64) string) []plot.Tick {
	ticks := decades(lo, hi, label, 1)
	for i, t := range ticks {
		digit := t.Value / math.Pow(10, math.Floor(math.Log10(t.Value)+slack))
		if d := math.Round(digit); d == 2 || d == 5 {
			ticks[i].Label = label(t.Value)
		}
	}
	return ticks
}

func majors(ticks []plot.Tick) (out []plot.Tick) {
	for _, t := range ticks {
		if !t.IsMinor() {
			out = append(out, t)
		}
	}
	return out
}

// even puts about n ticks at round distances.
func even(lo, hi float64, n int, label func(float64) string) (ticks []plot.Tick) {
	raw := (hi - lo) / float64(n)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, factor := range []float64{1, 2, 2.5, 5, 10} {
		if step*factor >= raw {
			step *= factor
			break
		}
	}
	if !(step > 0) || !finite(step) {
		return nil
	}
	first := math.Ceil(lo/step - slack)
	for i := 0.0; i <= 2*float64(n); i++ {
		v := (first + i) * step
		if v > hi+step*slack {
			break
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
	}
	return ticks
}

// tickQuantity labels a tick: no digits beyond those it needs.
func tickQuantity(v float64, unit string) string {
	if unit != "ns" {
		return trim(v)
	}
	switch {
	case !finite(v):
		return dash
	case v == 0:
		return "0"
	}
	units := [...]string{"ns", "µs", "ms", "s"}
	i := 0
	for i < len(units)-1 && math.Abs(v) >= 1000*(1-slack) {
		v, i = v/1000, i+1
	}
	return trim(v) + " " + units[i]
}

// trim prints at most six digits and no trailing zeros.
func trim(v float64) string {
	if !finite(v) {
		return dash
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
