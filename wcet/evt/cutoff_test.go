package evt

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// cutOffReps is raised to a thousand to calibrate; two dozen show a gross error.
var cutOffReps = flag.Int("cutoff-reps", 24, "samples of each distribution in TestCutOffs")

// calibrating are the distributions that the cut-offs are calibrated on: those of
// selftest.Coverage and what lies between and beyond them.
func calibrating() []family.Family {
	gpd := func(shape float64) func(s float64) float64 { return dist.GPD{Scale: 1, Shape: shape}.SurvivalQuantile }
	gamma := func(shape float64) func(s float64) float64 {
		return func(s float64) float64 { return mathext.GammaIncRegCompInv(shape, s) }
	}
	lognormal := func(sigma float64) func(s float64) float64 {
		return func(s float64) float64 { return math.Exp(-sigma * stat.NormalQuantile(s)) }
	}
	weibull := func(shape float64) func(s float64) float64 {
		return func(s float64) float64 { return math.Pow(-math.Log(s), 1/shape) }
	}
	return append(slices.DeleteFunc(family.Basic(), func(f family.Family) bool { return f.Dependent }),
		family.Independent("gpd-0.1", gpd(-0.1)), family.Independent("gpd+0.2", gpd(0.2)),
		family.Independent("gamma2", gamma(2)), family.Independent("gamma4", gamma(4)), family.Independent("gamma16", gamma(16)),
		family.Independent("lognormal0.2", lognormal(0.2)), family.Independent("lognormal0.6", lognormal(0.6)),
		family.Independent("weibull1.5", weibull(1.5)), family.Independent("weibull2", weibull(2)),
		family.Independent("normal", func(s float64) float64 { return -stat.NormalQuantile(s) }))
}

// limits are those of samples that have a bound.
type limits struct {
	covered float64
	// roots are the signed roots at which a limit reaches the truth, less what a
	// light shape adds: their 95% point is what lowestRoot or raisedRoot should be.
	roots []float64
}

func (l *limits) add(other limits) {
	l.covered += other.covered
	l.roots = append(l.roots, other.roots...)
}

// limitsAt bounds the value exceeded with probability p in samples of f; those whose
// threshold the scan raised are kept apart.
func limitsAt(p float64, f family.Family, stream uint64, n, reps int) (lowest, raised limits) {
	samples, tails := make([]*Sample, reps), make([]*exceedanceTail, reps)
	parallel.For(context.Background(), reps, func(rep int) {
		x := make([]float64, n)
		f.Draw(rand.New(rand.NewPCG(101, stream<<32|uint64(rep))), x)
		samples[rep] = NewSample([][]float64{x})
		tails[rep] = chooseTail(samples[rep], Options{})
	})
	truth := f.Truth(p)
	for rep, t := range tails {
		e := &Estimate{Tail: t, sample: samples[rep]}
		b := e.Bound(p, DefaultConfidence, MaxExtrapolation)
		if !b.Supported {
			continue
		}
		one := limits{roots: []float64{-t.fit.signedRoot(truth-t.threshold, t.hazard(p)) - max(0, -t.fit.shape)}}
		if b.Upper >= truth {
			one.covered = 1
		}
		if t.scan[0].Chosen {
			lowest.add(one)
		} else {
			raised.add(one)
		}
	}
	return lowest, raised
}

// The limits of thresholds that the scan left alone and of those that it raised each
// cover what they say, at the cap on extrapolation. To calibrate the roots:
//
//	go test ./wcet/evt -run CutOffs -v -args -cutoff-reps 1000
func TestCutOffs(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of complete estimates")
	}
	const n = 2000
	var allLowest, allRaised limits
	for i, f := range calibrating() {
		lowest, raised := limitsAt(1.0/(MaxExtrapolation*n), f, uint64(i), n, *cutOffReps)
		logLimits(t, f.Name, lowest, raised)
		allLowest.add(lowest)
		allRaised.add(raised)
	}
	logLimits(t, "all", allLowest, allRaised)
	for name, l := range map[string]limits{"lowest": allLowest, "raised": allRaised} {
		if given := float64(len(l.roots)); stat.RateUpper(l.covered, given, 0.975) < 0.95 {
			t.Errorf("%s threshold: %v of %v limits cover", name, l.covered, given)
		}
	}
}

func logLimits(t *testing.T, name string, lowest, raised limits) {
	describe := func(l limits) string {
		slices.Sort(l.roots)
		given := float64(len(l.roots))
		return fmt.Sprintf("%5.0f limits, %.3f cover, root for .95: %.2f", given, l.covered/given, stat.Quantile(l.roots, 0.95))
	}
	t.Logf("%-12s lowest threshold: %s; raised: %s", name, describe(lowest), describe(raised))
}
