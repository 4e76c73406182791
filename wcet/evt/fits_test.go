package evt

import (
	"math"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/reference"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// The tolerances of the reference tables: parameters to 0.5% of a standard error
// plus 1e-3, the likelihood never worse by more than 1e-4, interval ends to 1% of
// the interval's width, L-moments to 1e-10.
const (
	nllTolerance      = 1e-4
	intervalTolerance = 0.01
	lMomentTolerance  = 1e-10
)

func parameterTolerance(se float64) float64 { return 0.005*se + 1e-3 }

func TestGPDReference(t *testing.T) {
	for _, row := range reference.Table(t, "fits_gpd.csv") {
		t.Run(row["file"]+"/"+row["threshold"], func(t *testing.T) {
			ref := func(name string) float64 { return reference.Field(t, row, name) }
			sorted := slices.Sorted(slices.Values(reference.Set(t, row["file"])))
			e := newExcesses(sorted, ref("threshold"), 0)
			reference.Near(t, "nexc", e.n, ref("nexc"), 0)
			fit, err := fitGPD(e)
			if err != nil {
				t.Fatal(err)
			}
			reference.Near(t, "scale", fit.scale, ref("scale"), parameterTolerance(ref("se_scale")))
			reference.Near(t, "shape", fit.shape, ref("shape"), parameterTolerance(ref("se_shape")))
			reference.Near(t, "nll", fit.minNLL, ref("nll"), nllTolerance)
			lo, hi := fit.shapeLimits(stat.NormalQuantile(0.975))
			width := ref("shape_ci_hi") - ref("shape_ci_lo")
			reference.Near(t, "shape lower", lo, ref("shape_ci_lo"), intervalTolerance*width)
			reference.Near(t, "shape upper", hi, ref("shape_ci_hi"), intervalTolerance*width)

			moments := lMoments(e.values())
			for _, m := range []struct {
				name string
				got  float64
			}{
				{"l1", moments.L1}, {"l2", moments.L2}, {"t3", moments.T3}, {"t4", moments.T4},
				{"lm_scale", moments.gpd().Scale}, {"lm_shape", moments.gpd().Shape},
			} {
				reference.Near(t, m.name, m.got, ref(m.name), lMomentTolerance*max(1, math.Abs(ref(m.name))))
			}
			for _, level := range []struct {
				name   string
				period float64
			}{{"rl10", 10}, {"rl100", 100}, {"rl1000", 1000}, {"rl1e6", 1e6}} {
				if math.IsNaN(ref(level.name)) {
					continue
				}
				h := math.Log(ref("zeta") * level.period)
				u := ref("threshold")
				reference.Near(t, level.name, u+fit.excessQuantile(h), ref(level.name), 1e-3*ref(level.name))
				width := ref(level.name+"_hi") - ref(level.name+"_lo")
				reference.Near(t, level.name+" lower", u+fit.quantileLimit(h, -1.959964), ref(level.name+"_lo"), intervalTolerance*width)
				reference.Near(t, level.name+" upper", u+fit.quantileLimit(h, 1.959964), ref(level.name+"_hi"), intervalTolerance*width)
			}
		})
	}
}

func TestGEVReference(t *testing.T) {
	for _, row := range reference.Table(t, "fits_gev.csv") {
		t.Run(row["file"], func(t *testing.T) {
			ref := func(name string) float64 { return reference.Field(t, row, name) }
			x := reference.Set(t, row["file"])
			fit, err := fitGEV(x)
			if err != nil {
				t.Fatal(err)
			}
			reference.Near(t, "loc", fit.Loc, ref("loc"), parameterTolerance(ref("se_loc")))
			reference.Near(t, "scale", fit.Scale, ref("scale"), parameterTolerance(ref("se_scale")))
			reference.Near(t, "shape", fit.Shape, ref("shape"), parameterTolerance(ref("se_shape")))
			reference.Near(t, "nll", fit.minNLL, ref("nll"), nllTolerance)
			lo, hi := fit.shapeLimits(stat.NormalQuantile(0.975))
			width := ref("shape_ci_hi") - ref("shape_ci_lo")
			reference.Near(t, "shape lower", lo, ref("shape_ci_lo"), intervalTolerance*width)
			reference.Near(t, "shape upper", hi, ref("shape_ci_hi"), intervalTolerance*width)

			moments := lMoments(slices.Sorted(slices.Values(x)))
			gev := moments.gev()
			for _, m := range []struct {
				name string
				got  float64
			}{
				{"l1", moments.L1}, {"l2", moments.L2}, {"t3", moments.T3}, {"t4", moments.T4},
				{"lm_loc", gev.Loc}, {"lm_scale", gev.Scale}, {"lm_shape", gev.Shape},
			} {
				reference.Near(t, m.name, m.got, ref(m.name), lMomentTolerance*max(1, math.Abs(ref(m.name))))
			}
			for _, level := range []struct {
				name   string
				period float64
			}{{"rl10", 10}, {"rl100", 100}, {"rl1000", 1000}, {"rl1e6", 1e6}} {
				reference.Near(t, level.name, fit.SurvivalQuantile(1/level.period), ref(level.name), 1e-3*ref(level.name))
				lo, hi := ref(level.name+"_lo"), ref(level.name+"_hi")
				if math.IsNaN(lo) || math.IsNaN(hi) {
					continue
				}
				reference.Near(t, level.name+" lower", fit.quantileLimit(1/level.period, -1.959964), lo, intervalTolerance*(hi-lo))
				reference.Near(t, level.name+" upper", fit.quantileLimit(1/level.period, 1.959964), hi, intervalTolerance*(hi-lo))
			}
		})
	}
}

// A limit far out in a heavy tail, where the reference has none: the deviance
// there, minimised by nested searches, is that of the limit.
func TestGEVQuantileLimitIsOnTheProfile(t *testing.T) {
	fit, err := fitGEV(reference.Set(t, "gev_n200_xi+0.3"))
	if err != nil {
		t.Fatal(err)
	}
	const s, r = 1e-6, 1.96
	for _, sign := range []float64{-1, 1} {
		q := fit.quantileLimit(s, sign*r)
		byShape := func(shape float64) float64 {
			_, nll := stat.Minimum(func(loc float64) float64 {
				unit := dist.GEV{Scale: 1, Shape: shape}.SurvivalQuantile(s)
				return dist.GEV{Loc: loc, Scale: (q - loc) / unit, Shape: shape}.NLL(fit.x)
			}, fit.Loc, 0.01*fit.Scale, 1e-8)
			return nll
		}
		start := fit.Shape
		for shape := -0.2; shape < 1; shape += 0.02 {
			if byShape(shape) < byShape(start) {
				start = shape
			}
		}
		_, nll := stat.Minimum(byShape, start, 0.01, 1e-8)
		reference.Near(t, "deviance at the limit", 2*(nll-fit.minNLL), r*r, 1e-3)
	}
}
