package evt

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// scannedSample draws n values and scans them; chosen is the lowest threshold.
func scannedSample(t *testing.T, n int, draw func(rng *rand.Rand, i int) float64) (*Sample, []scanned) {
	t.Helper()
	s := NewSample([][]float64{sampleOf(n, draw)})
	list := scan(s, 0, false, Options{})
	if len(list) == 0 {
		t.Fatal("nothing to scan")
	}
	return s, list
}

func unit(rng *rand.Rand, _ int) float64 { return rng.ExpFloat64() }

// Every diagnosis alone: silent on an innocent sample, outspoken on its own trap.
func TestDiagnoses(t *testing.T) {
	const n = 20000
	innocent, list := scannedSample(t, n, unit)
	chosen := list[0]
	lower, upper := chosen.fit.shapeLimits(1.96)
	for what, reason := range map[string]string{
		"estimators":   chosen.fit.estimatorReason(),
		"mixture":      mixtureReason(innocent, list, chosen, 0),
		"block maxima": (&exceedanceTail{}).blockMaximaReason(innocent, lower, upper),
		"back-test":    strings.Join(backTestReasons(innocent, chosen, 0), "; "),
	} {
		if reason != "" {
			t.Errorf("%s speaks against exponential samples: %s", what, reason)
		}
	}
	if p := chosen.fit.goodnessOfFit(Options{}); p <= fitLevel {
		t.Errorf("goodness of fit p = %g for exponential samples", p)
	}

	expect := func(what, got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	wrong := *chosen.fit
	wrong.shape += 0.5
	expect("estimators", wrong.estimatorReason(), "two estimators disagree")
	expect("block maxima", (&exceedanceTail{}).blockMaximaReason(innocent, 0.9, 1.1), "block maxima disagree")

	s, list := scannedSample(t, n, func(rng *rand.Rand, i int) float64 {
		if i == 777 {
			return 60
		}
		return rng.ExpFloat64()
	})
	expect("outlier", mixtureReason(s, list, list[0], 0), "out of proportion")

	// One in 1000 far out: the trap that every classic test passes.
	s, list = scannedSample(t, n, func(rng *rand.Rand, i int) float64 {
		if i%1000 == 0 {
			return 20 + 5*rng.ExpFloat64()
		}
		return rng.ExpFloat64()
	})
	expect("mixture", mixtureReason(s, list, list[len(list)-1], 0), "the shape rises")

	s, list = scannedSample(t, n, func(rng *rand.Rand, i int) float64 {
		if i >= n/2 {
			return 3 * rng.ExpFloat64()
		}
		return rng.ExpFloat64()
	})
	got := strings.Join(backTestReasons(s, list[0], 0), "; ")
	expect("back-test", got, "the first half promises")
	expect("convergence", got, "has not converged")
}

// The bootstrap rejects a sample that is no generalised Pareto one.
func TestGoodnessOfFitRejects(t *testing.T) {
	gamma := make([]float64, 400)
	family.DrawGamma8(rand.New(rand.NewPCG(2, 3)), gamma)
	fit, err := fitGPD(newExcesses(stat.SortedCopy(gamma), 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if p := fit.goodnessOfFit(Options{}); p > fitLevel {
		t.Errorf("gamma values pass for a Pareto tail: p = %g", p)
	}
}
