package evt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/reference"
)

// Clusters shrink the number of independent values by the extremal index.
func TestEffectiveSizeTakesAccountOfClusters(t *testing.T) {
	x := make([]float64, 20_000)
	family.Armax("", 0.3).Draw(rand.New(rand.NewPCG(1, 2)), x)
	s := NewSample([][]float64{x})
	reference.Near(t, "effective size", s.Effective(), float64(s.N())*s.Theta, 1e-6)
	if s.Effective() > 0.5*float64(s.N()) {
		t.Errorf("clusters of three: %v of %d values", s.Effective(), s.N())
	}
	if s := NewSample([][]float64{sampleOf(20_000, unit)}); s.Effective() != 20_000 {
		t.Errorf("independent: %v of %d", s.Effective(), s.N())
	}
}

// The documented cut-offs, and by how much a light shape widens them.
func TestRoots(t *testing.T) {
	for _, c := range []struct {
		raised bool
		shape  float64
		want   float64
	}{{false, 0, 2.3}, {false, 0.3, 2.3}, {false, -0.2, 2.5}, {true, 0, 2.6}, {true, -0.1, 2.7}} {
		tail := exceedanceTail{inflation: chosenInflation(c.raised, c.shape)}
		reference.Near(t, "root", tail.root(0.95), c.want, 1e-3)
	}
	fixed := exceedanceTail{inflation: fixedInflation}
	reference.Near(t, "root at a fixed threshold", fixed.root(0.95), 2.33, 1e-3)
}

// The documented shapes at which support ends.
func TestShapeLimitsOfSupport(t *testing.T) {
	for _, c := range []struct {
		shape, upper float64
		supported    bool
	}{{0.3, 0.49, true}, {0.3, 0.5, false}, {0.3, 0.7, false}, {-0.49, -0.3, true}, {-0.5, -0.3, false}} {
		if got := len(shapeReasons(c.shape, c.upper)) == 0; got != c.supported {
			t.Errorf("shape %v, limit %v: supported %v", c.shape, c.upper, got)
		}
	}
}

// A bound from maxima of blocks is that of one value, whatever the block.
func TestBlocksBoundSingleValues(t *testing.T) {
	testenv.SkipInRaceRun(t)
	x := sampleOf(40_000, unit)
	truth := -math.Log(1e-4)
	for _, block := range []int{20, 100} {
		r := mustFit(t, x, Options{Model: ModelGEV, Block: block, Target: 1e-4})
		if r.GEV.Block != block || r.GEV.Maxima != 40_000/block {
			t.Errorf("%+v", r.GEV)
		}
		reference.Near(t, "bound", r.Bound.Value, truth, 0.12*truth)
	}
}

// The room for a mode is what its formula says: of twenty samples with an exponential
// tail from a level on, as many lie beyond the largest as may be missed.
func TestModeLimit(t *testing.T) {
	const n, start, largest, p = 20_000, 1.0, 9.0, 1e-6
	for _, missed := range []float64{1.5, 3, 5} {
		limit := modeLimit(n, start, largest, p, missed)
		scale := (largest - start) / math.Log(20/missed)
		reference.Near(t, "samples beyond the largest", 20*math.Exp(-(largest-start)/scale), missed, 1e-9)
		reference.Near(t, "samples beyond the limit", 20*math.Exp(-(limit-start)/scale), n*p, 1e-9)
	}
	reference.Near(t, "limit of a value that as many exceed as may be missed", modeLimit(n, start, largest, 3.0/n, 3), largest, 1e-9)
	if got := modeLimit(n, start, largest, 0.01, 3); got != start {
		t.Errorf("of a value that 200 exceed: %v", got)
	}
	// However much may be missed, the limit is finite.
	if got := modeLimit(n, start, largest, p, 50); !(got > largest && got < 200) {
		t.Errorf("with fifty missed: %v", got)
	}
	reference.Near(t, "rarest mode of 20,000", RarestMode(20_000), 0.001, 1e-12)
	if RarestMode(3) != 1 {
		t.Error("three samples meet no mode")
	}
}

// As many samples of a mode may be missed as are missing in the share of runs that the
// confidence leaves: fewer in a short run, more where the largest stand out.
func TestModeMissed(t *testing.T) {
	for _, c := range []struct{ n, confidence, ratio, standing, want float64 }{
		{3000, 0.95, 0, 0, 3.505}, {1e7, 0.95, 0, 0, 3.505}, {20_000, 0.99, 0, 0, 5.388}, {20_000, 0.95, 4, 0, 5.505}, {20_000, 0.95, 2, 0, 3.505},
		{500, 0.95, 0, 0, 1.198}, {2000, 0.95, 0, 0, 1.198}, {2449.4897, 0.95, 0, 0, 2.352}, {2000, 0.95, 3, 0, 2.198},
		{20_000, 0.95, 0, 9, 3.505}, {200_000, 0.95, 0, 1, 3.505}, {200_000, 0.95, 0, 1.5, 4.505}, {200_000, 0.95, 0, 9, 5.505}, {1e7, 0.95, 0, 9, 5.505}, {63_245.553, 0.95, 3, 9, 5.505},
	} {
		reference.Near(t, fmt.Sprintf("%+v", c), modeMissed(c.n, c.confidence, c.ratio, c.standing), c.want, 1e-3)
	}
}

// The documented likelihood ratio from which on a mode is named.
func TestModeIsNamed(t *testing.T) {
	if r := modeReason(12.1, 6); !strings.Contains(r, "largest 6 samples") || modeReason(12, 6) != "" {
		t.Errorf("at 12.1 %q, at 12 %q", r, modeReason(12, 6))
	}
}

// A mode is seen where it is there, seldom where it is not, and a limit leaves room.
func TestModeIsSeen(t *testing.T) {
	testenv.SkipInRaceRun(t)
	wrong, seen, named := 0, 0, 0
	exponential := family.Pareto("exponential", 0)
	mixture := family.Mixture(exponential, exponential.Moved("×10", 10, 0), 0.004)
	const runs, n = 80, 5000
	for run := range runs {
		rng := rand.New(rand.NewPCG(uint64(run), 12))
		x := make([]float64, n)
		exponential.Family().Draw(rng, x)
		s := NewSample([][]float64{x})
		tail := chooseTail(s, Options{})
		ratio, top := tail.fit.modeRatio(0)
		if modeReason(ratio, top) != "" {
			wrong++
		}
		room := modeLimit(n, s.Quantile(0.9), s.Largest(), 1e-6, modeMissed(n, 0.95, ratio, 0))
		if limit := tail.Limit(1e-6, 0.95); limit < room {
			t.Errorf("limit %v leaves no room for a mode: %v", limit, room)
		}
		mixture.Draw(rng, x)
		tail = chooseTail(NewSample([][]float64{x}), Options{})
		if tail.fit == nil || len(tail.reasons) > 0 {
			seen++
		}
		if strings.Contains(strings.Join(tail.reasons, ";"), "have a scale of their own") {
			named++
		}
	}
	if wrong > 5 || seen < 60 || named < 3 {
		t.Errorf("seen in %d of %d runs without a mode, in %d with one, and named in %d", wrong, runs, seen, named)
	}
}

// A candidate of a series that comes in clusters of four has their peaks, a quarter of
// the exceedances.
func TestPeaksOfClustersAreFitted(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	var x []float64
	for range 1000 {
		v := rng.ExpFloat64()
		x = append(x, v, 0.99*v, 0.98*v, 0.97*v)
	}
	s := NewSample([][]float64{x})
	u := s.Exceeded(401)
	all, ok := candidate(s.Orders, u, 0, false, 1)
	peaks, too := candidate(s.Orders, u, 0, true, 1)
	if share := float64(peaks.Exceedances) / float64(all.Exceedances); !ok || !too || share < 0.2 || share > 0.3 {
		t.Errorf("%d peaks of %d exceedances", peaks.Exceedances, all.Exceedances)
	}
}
