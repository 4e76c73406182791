package wcet

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// burstRun is a run of n latencies of which a hundredth lies in bursts of a mode of
// three times the scale; the run meets expected bursts on average.
func burstRun(seed uint64, n int, expected float64) (pop Population, met int) {
	rng := rand.New(rand.NewPCG(seed, 0xb5))
	length := 0.01 * float64(n) / expected
	s := record.Series{Name: "a", Kind: record.Latency, Unit: "ns", Ops: 1, Samples: make([]int64, n)}
	left := 0
	for i := range s.Samples {
		if left == 0 && rng.Float64() < expected/float64(n) {
			left = max(1, int(length*rng.ExpFloat64()+0.5))
			met++
		}
		scale := 1000.0
		if left > 0 {
			scale, left = 3000, left-1
		}
		s.Samples[i] = int64(scale * rng.ExpFloat64())
	}
	return Population{Name: "a", Unit: "ns", Latency: []record.Series{s}}, met
}

// burstQuantile99 solves .99·exp(−x) + .01·exp(−x/3) = .01.
func burstQuantile99() float64 {
	return 1000 * stat.Root(func(x float64) float64 { return math.Log((0.99*math.Exp(-x) + 0.01*math.Exp(-x/3)) / 0.01) }, 1, 20, 1e-9)
}

// A budget just below the truth passes in no more than 5% of the runs that met ten
// bursts or more; with fewer, the check says how many there were.
func TestFewBurstsDoNotPass(t *testing.T) {
	const n = 20_000
	runs := 120
	if testing.Short() {
		runs = 40
	}
	budget := quantileBudget("a", 0.99, 0.999*burstQuantile99())
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
