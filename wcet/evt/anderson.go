package evt

import (
	"math"
	"slices"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// andersonP are the p-values of the columns of [andersonTable].
var andersonP = [...]float64{0.5, 0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001}

// andersonRow is one shape's upper points.
type andersonRow struct {
	shape float64
	stat  [len(andersonP)]float64
}

// andersonTable holds the asymptotic upper points of the Anderson–Darling
// statistic of a generalised Pareto distribution whose scale and shape were both
// estimated (Choulakis & Stephens 2001, table 2), by descending shape.
var andersonTable = [...]andersonRow{
	{0.9, [...]float64{0.339, 0.471, 0.641, 0.771, 0.905, 1.086, 1.226, 1.559}},
	{0.5, [...]float64{0.356, 0.499, 0.685, 0.830, 0.978, 1.180, 1.336, 1.707}},
	{0.2, [...]float64{0.376, 0.534, 0.741, 0.903, 1.069, 1.296, 1.471, 1.893}},
	{0.1, [...]float64{0.386, 0.550, 0.766, 0.935, 1.110, 1.348, 1.532, 1.966}},
	{0, [...]float64{0.397, 0.569, 0.796, 0.974, 1.158, 1.409, 1.603, 2.064}},
	{-0.1, [...]float64{0.410, 0.591, 0.831, 1.020, 1.215, 1.481, 1.687, 2.176}},
	{-0.2, [...]float64{0.426, 0.617, 0.873, 1.074, 1.283, 1.567, 1.788, 2.314}},
	{-0.3, [...]float64{0.445, 0.649, 0.924, 1.140, 1.365, 1.672, 1.909, 2.475}},
	{-0.4, [...]float64{0.468, 0.688, 0.985, 1.221, 1.465, 1.799, 2.058, 2.674}},
	{-0.5, [...]float64{0.496, 0.735, 1.061, 1.321, 1.590, 1.958, 2.243, 2.922}},
}

// andersonDarling measures how far the fitted distribution is from the excesses
// it was fitted to, weighting both tails (Anderson & Darling 1954).
func (f *gpdFit) andersonDarling() float64 {
	d := f.dist()
	y := f.values()
	n := len(y)
	logCDF, logSurvival := make([]float64, n), make([]float64, n)
	for i, v := range y {
		h := d.CumulativeHazard(v)
		logSurvival[i] = -h
		logCDF[i] = math.Log(-math.Expm1(-h))
	}
	return andersonStatistic(logCDF, logSurvival)
}

// andersonStatistic takes the logarithms of both probabilities at the ascending
// values of a sample.
func andersonStatistic(logCDF, logSurvival []float64) float64 {
	n := len(logCDF)
	sum := 0.0
	for i := range n {
		sum += float64(2*i+1) * (logCDF[i] + logSurvival[n-1-i])
	}
	return -float64(n) - sum/float64(n)
}

// gumbelPoint is the 1% point of the Anderson–Darling statistic of a Gumbel
// distribution with location and scale estimated (Stephens 1977). A third
// estimated parameter only lowers it, so that rejecting a generalised extreme
// value fit beyond it errs in fewer than 1% of cases.
const gumbelPoint = 1.038

// andersonDarling measures how far the fitted distribution is from its maxima.
func (f *gevFit) andersonDarling() float64 {
	x := stat.SortedCopy(f.x)
	logCDF, logSurvival := make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		logCDF[i], logSurvival[i] = math.Log(f.CDF(v)), math.Log(f.Survival(v))
	}
	return andersonStatistic(logCDF, logSurvival)
}

// andersonDarlingP is the p-value of a statistic at a fitted shape, interpolated
// in the table: linearly in the shape, and in the logarithm of p. Beyond the
// table's .001 the logarithm goes on falling with its last slope; below its .5
// the value is .5 and more, rising linearly to 1 at a statistic of 0.
func andersonDarlingP(stat, shape float64) float64 {
	i := slices.IndexFunc(andersonTable[:], func(row andersonRow) bool { return row.shape <= shape })
	if i == 0 {
		return rowP(stat, andersonTable[0].stat)
	}
	if i < 0 {
		return rowP(stat, andersonTable[len(andersonTable)-1].stat)
	}
	a, b := andersonTable[i-1], andersonTable[i]
	share := (a.shape - shape) / (a.shape - b.shape)
	var mixed [len(andersonP)]float64
	for c := range mixed {
		mixed[c] = a.stat[c] + share*(b.stat[c]-a.stat[c])
	}
	return rowP(stat, mixed)
}

func rowP(stat float64, points [len(andersonP)]float64) float64 {
	if stat <= points[0] {
		return 1 - 0.5*stat/points[0]
	}
	c := 1
	for c < len(points)-1 && stat > points[c] {
		c++
	}
	slope := math.Log(andersonP[c]/andersonP[c-1]) / (points[c] - points[c-1])
	return andersonP[c] * math.Exp(slope*(stat-points[c]))
}

// forwardStop turns the p-values of ordered hypotheses into a stopping rule that
// controls the false discovery rate (G'Sell et al. 2016): the running means of
// −log(1−p). The last index whose mean is within the level is the last
// hypothesis rejected.
func forwardStop(p []float64) []float64 {
	means := make([]float64, len(p))
	sum := 0.0
	for i, v := range p {
		sum -= math.Log1p(-v)
		means[i] = sum / float64(i+1)
	}
	return means
}
