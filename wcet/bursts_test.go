package wcet

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// bursty are latencies of which a hundredth lies in bursts of a mode of three times
// the scale.
var bursty = family.Bursts{
	Base:  family.Pareto("exponential", 0).Moved("1000", 1000, 0),
	Mode:  family.Pareto("exponential", 0).Moved("3000", 3000, 0),
	Share: 0.01, Lengths: family.Geometric,
}

// burstRun is a run of n latencies that meets expected bursts on average.
func burstRun(seed uint64, n int, expected float64) (pop Population, met int) {
	x := make([]float64, n)
	met = bursty.Draw(rand.New(rand.NewPCG(seed, 0xf1e5)), x, expected)
	s := record.Series{Name: "a", Kind: record.Latency, Unit: "ns", Ops: 1, Samples: make([]int64, n)}
	for i, v := range x {
		s.Samples[i] = int64(v)
	}
	return Population{Name: "a", Unit: "ns", Latency: []record.Series{s}}, met
}

// A budget just below the truth passes in no more than 5% of the runs that met ten
// bursts or more; with fewer, the check says how many there were.
func TestFewBurstsDoNotPass(t *testing.T) {
	const n = 20_000
	runs := 120
	if testing.Short() {
		runs = 40
	}
	// Seeds that no constant was calibrated on.
	budget := quantileBudget("a", 0.99, 0.999*bursty.Truth(0.01))
	for _, expected := range []float64{5, 20} {
		wrong, enough, told := 0, 0, 0
		for run := range runs {
			pop, met := burstRun(uint64(run), n, expected)
			got := evaluateOne(t, budget, pop)
			if got.Verdict == Inconclusive && strings.Contains(got.Why, "slow mode comes in bursts") {
				told++
			}
			if met >= stat.MinClusters {
				enough++
			}
			if got.Verdict == Pass {
				wrong++
			}
		}
		t.Logf("%v bursts expected: %d of %d wrong PASS, %d met ten, %d told", expected, wrong, runs, enough, told)
		if p := stat.BinomialAtLeast(float64(wrong), float64(runs), 0.05); p < 0.01 {
			t.Errorf("%v bursts expected: %d of %d pass", expected, wrong, runs)
		}
		if expected == 5 && told < runs/2 {
			t.Errorf("few bursts are named in %d of %d runs", told, runs)
		}
	}
	// Independent latencies are not held up.
	held := 0
	for run := range runs {
		pop := drawn("a", 1, n, func(rng *rand.Rand, _, i int) float64 {
			if i == 0 {
				*rng = *rand.New(rand.NewPCG(uint64(run), 6))
			}
			return 1000 * rng.ExpFloat64()
		})
		if got := evaluateOne(t, quantileBudget("a", 0.99, 9000), pop); got.Verdict != Pass {
			held++
		}
	}
	if held > runs/20 {
		t.Errorf("%d of %d independent runs do not pass", held, runs)
	}
}
