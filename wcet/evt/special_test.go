package evt

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/wcet/internal/reference"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// The exponential and the Gumbel fit, and their likelihood-ratio tests, are those of
// the reference tables.
func TestSpecialCasesReference(t *testing.T) {
	check := func(t *testing.T, row map[string]string, prefix, test string, scaleError float64, c *SpecialCase) {
		t.Helper()
		ref := func(name string) float64 { return reference.Field(t, row, name) }
		reference.Near(t, "scale", c.Scale, ref(prefix+"_scale"), parameterTolerance(scaleError))
		reference.Near(t, "nll", c.NLL, ref(prefix+"_nll"), nllTolerance)
		reference.Near(t, "likelihood ratio", c.Test.Stat, max(0, ref(test)), 4*nllTolerance)
		p := map[string]string{"lr_exp": "lr_exp_p", "lr_gumbel": "lr_p"}[test]
		if want := ref(p); c.Test.Stat > 0.01 {
			reference.Near(t, p, c.Test.P, want, 0.01*want)
		}
	}
	for _, row := range reference.Table(t, "fits_gpd.csv") {
		t.Run(row["file"]+"/"+row["threshold"], func(t *testing.T) {
			sorted := slices.Sorted(slices.Values(reference.Set(t, row["file"])))
			fit, err := fitGPD(newExcesses(sorted, reference.Field(t, row, "threshold"), 0))
			if err != nil {
				t.Fatal(err)
			}
			check(t, row, "exp", "lr_exp", reference.Field(t, row, "exp_scale")/math.Sqrt(fit.n), fit.exponential(0, 5, 0.95))
		})
	}
	for _, row := range reference.Table(t, "fits_gev.csv") {
		t.Run(row["file"], func(t *testing.T) {
			fit, err := fitGEV(reference.Set(t, row["file"]))
			if err != nil {
				t.Fatal(err)
			}
			c := fit.gumbel(0, 1e-3, 0.95)
			check(t, row, "gum", "lr_gumbel", reference.Field(t, row, "gum_se_scale"), c)
			reference.Near(t, "loc", c.Loc, reference.Field(t, row, "gum_loc"), parameterTolerance(reference.Field(t, row, "gum_se_loc")))
		})
	}
}

// Shape 0 bounds a tail only where the shape is surely no greater; where it is, the
// limit lies on the profile.
func TestSpecialCasesUnderTheirTests(t *testing.T) {
	testenv.SkipInRaceRun(t)
	heavy := func(rng *rand.Rand, _ int) float64 { return math.Pow(1-rng.Float64(), -0.2) }
	light := func(rng *rand.Rand, _ int) float64 { return 1 - math.Pow(1-rng.Float64(), 0.3) }
	for _, c := range []struct {
		name             string
		draw             func(*rand.Rand, int) float64
		rejected, allows bool
	}{
		{"heavy", heavy, true, false},
		{"exponential", unit, false, false},
		{"light", light, true, true},
	} {
		x := sampleOf(20_000, c.draw)
		tail := mustFit(t, x, Options{Target: 1e-5}).GPD.Exponential
		maxima := mustFit(t, x, Options{Model: ModelGEV, Block: 50, Target: 1e-5}).GEV.Gumbel
		for name, got := range map[string]*SpecialCase{"exponential tail": tail, "Gumbel": maxima} {
			if got.Test.Reject != c.rejected || got.Allowed != c.allows {
				t.Errorf("%s, %s: %+v", c.name, name, got)
			}
		}
		if truth := 11.513; c.name == "exponential" && (tail.Upper < truth || tail.Upper > 1.5*truth || maxima.Upper < truth || maxima.Upper > 1.5*truth) {
			t.Errorf("limits %v and %v of %v", tail.Upper, maxima.Upper, truth)
		}
	}
	fit, err := fitGPD(newExcesses(stat.SortedCopy(sampleOf(300, unit)), 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	const r = 2.33
	c := fit.exponential(0, 7, r)
	reference.Near(t, "deviance", 2*(fit.nll(c.Upper/7, 0)-c.NLL), r*r, 2e-3)
}
