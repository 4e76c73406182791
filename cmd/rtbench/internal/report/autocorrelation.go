package report

import (
	"math"

	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	// lags is how many lags are drawn.
	lags = 40
	// lagSamples bounds how many samples of each process they are computed from.
	lagSamples = 1 << 18
)

// autocorrelation is that of the samples of each process around the process's mean,
// averaged over all, for lags from 1; used is the number of samples behind it. It is
// nil where the samples do not vary.
func autocorrelation(processes []record.Series) (r []float64, used int) {
	sums := make([]float64, lags+1)
	for i := range processes {
		samples := processes[i].Samples
		samples = samples[:min(len(samples), lagSamples)]
		mean := 0.0
		for _, v := range samples {
			mean += float64(v) / float64(len(samples))
		}
		centred := make([]float64, len(samples))
		for k, v := range samples {
			centred[k] = float64(v) - mean
		}
		for lag := range sums {
			for k := lag; k < len(centred); k++ {
				sums[lag] += centred[k] * centred[k-lag]
			}
		}
		used += len(samples)
	}
	if !(sums[0] > 0) || math.IsInf(sums[0], 0) {
		return nil, used
	}
	for _, s := range sums[1:] {
		r = append(r, s/sums[0])
	}
	return r, used
}

// autocorrelationFigure draws the autocorrelation with the limits that 95% of those of
// independent samples lie within; used is the number of samples behind it. Nil without
// variation.
func autocorrelationFigure(b bench) (f *figure, used int) {
	r, used := autocorrelation(b.processes)
	if r == nil {
		return nil, used
	}
	limit := twoSided95 / math.Sqrt(float64(used))
	lo, hi := -1.5*limit, 1.5*limit
	var bars []point
	for i, v := range r {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
		bars = append(bars, point{float64(i + 1), 0}, point{float64(i + 1), v})
	}
	f = newFigure("autocorrelation", "lag, samples")
	f.X.Min, f.X.Max, f.X.Tick.Marker = 0, lags+1, evenTicks{}
	pad := 0.05 * (hi - lo)
	f.Y.Min, f.Y.Max, f.Y.Tick.Marker = lo-pad, hi+pad, numberTicks{}
	f.Add(layer(func(c surface) {
		c.line(svg.Style{Class: "axis"}, point{0, 0}, point{f.X.Max, 0})
		c.segments(svg.Style{Class: "lagbar"}, bars)
		for _, v := range []float64{-limit, limit} {
			c.line(svg.Style{Class: "mark"}, point{0, v}, point{f.X.Max, v})
		}
	}))
	return f, used
}
