package evt

import (
	"math"
	"math/rand/v2"
	"testing"

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
	}{{false, 0, 2.4}, {false, 0.3, 2.4}, {false, -0.2, 2.6}, {true, 0, 2.6}, {true, -0.1, 2.7}} {
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

// The room for a mode is what its formula says: 45 samples beyond the threshold of
// 2,000, ten of 5,000, five of 200,000.
func TestModeLimit(t *testing.T) {
	for _, c := range []struct{ n, samples float64 }{{500, 45}, {2000, 45}, {5000, 10}, {200_000, 5.3}, {1e7, 5.3}} {
		reference.Near(t, "samples", modeSamples(c.n), c.samples, 1e-9)
		want := 3 * math.Log(c.samples/(c.n*1e-8)) / math.Log(c.samples/2)
		reference.Near(t, "limit", modeLimit(c.n, 3, 1e-8, 0.95), want, 1e-9)
	}
	if near, far := modeLimit(20_000, 3, 1e-6, 0.95), modeLimit(20_000, 3, 1e-6, 0.99); far <= near {
		t.Errorf("at 99%% %v, at 95%% %v", far, near)
	}
	if v := modeLimit(20_000, 3, 0.01, 0.95); v != 0 {
		t.Errorf("among the samples: %v", v)
	}
	reference.Near(t, "rarest mode of 20,000", RarestMode(20_000), 0.001, 1e-12)
	if RarestMode(3) != 1 {
		t.Error("three samples meet no mode")
	}
}

// A mode is seen where it is there, seldom where it is not, and a limit leaves room.
func TestModeIsSeen(t *testing.T) {
	wrong, seen := 0, 0
	exponential := family.Pareto("exponential", 0)
	mixture := family.Mixture(exponential, exponential.Moved("×10", 10, 0), 0.001)
	const runs = 100
	for run := range runs {
		rng := rand.New(rand.NewPCG(uint64(run), 12))
		x := make([]float64, 20_000)
		exponential.Family().Draw(rng, x)
		tail := chooseTail(NewSample([][]float64{x}), Options{})
		if tail.fit.modeReason(0) != "" {
			wrong++
		}
		if limit := tail.Limit(1e-6, 0.95); limit < tail.threshold+modeLimit(20_000, tail.fit.largest(), 1e-6, 0.95) {
			t.Errorf("limit %v leaves no room for a mode", limit)
		}
		mixture.Draw(rng, x)
		if tail := chooseTail(NewSample([][]float64{x}), Options{}); tail.fit == nil || len(tail.reasons) > 0 {
			seen++
		}
	}
	if wrong > 6 || seen < 80 {
		t.Errorf("seen in %d of %d runs without a mode, in %d with one", wrong, runs, seen)
	}
}
