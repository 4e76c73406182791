package wcet

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
)

// All looks together spend what one evaluation would.
func TestLookSharesAddUp(t *testing.T) {
	sum := 0.0
	for k := 1; k <= 100_000; k++ {
		sum += lookShare(k)
	}
	if sum > 1 || sum < 0.9999 || lookShare(0) != 1 {
		t.Errorf("the shares of 100,000 looks add up to %v; a single one has %v", sum, lookShare(0))
	}
}

// Five ratios bound their median by the largest and nothing less; eight by the second
// largest (sign test).
func TestMedianUpperHasItsRank(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	for n, want := range map[int]float64{5: 5, 6: 6, 7: 7, 8: 7, 10: 9, 11: 9, 13: 10} {
		if got := medianUpper(x[:n], 0.95); got != want {
			t.Errorf("%d ratios: the %vth bounds the median, want the %vth", n, got, want)
		}
	}
	if got := medianUpper(x[:4], 0.95); !math.IsNaN(got) {
		t.Errorf("four ratios bound the median: %v", got)
	}
	// Four of five ratios keep the budget: no PASS.
	pairs := batches("fast", 10, 10, 10, 10, 30)
	peers := batches("slow", 20, 20, 20, 20, 20)
	if got := evaluateOne(t, Budget{Benchmark: "fast", Ratios: []RatioLimit{{To: "slow", Limit: 0.9}}}, pairs, peers); got.Verdict != Inconclusive {
		t.Errorf("four of five: %s (%s)", got.Verdict, got.Why)
	}
}

// Where processes differ, one process without a supported bound withholds that of all.
func TestOneUnsupportedProcessWithholdsTheBound(t *testing.T) {
	pop := Population{Name: "a", Unit: "ns"}
	for p := range 5 {
		rng := rand.New(rand.NewPCG(uint64(p), 8))
		s := record.Series{Name: "a", Kind: record.Latency, Unit: "ns", Process: p, Ops: 1}
		for range 4000 {
			v := 1e6 * rng.ExpFloat64()
			if p == 2 {
				// A tail that can be fitted and ends abruptly, far below the others: not the
				// worst.
				v = 1e5 * (1 - math.Pow(1-rng.Float64(), 0.7))
			}
			s.Samples = append(s.Samples, int64(v))
		}
		pop.Latency = append(pop.Latency, s)
	}
	a, err := Analyze(pop, Options{Targets: []float64{1e-5}})
	if err != nil || !a.WorstProcess {
		t.Fatalf("worst process: %+v, %v", a, err)
	}
	if b := a.Bounds[0]; b.Supported || !strings.Contains(strings.Join(b.Reasons, ";"), "abruptly") {
		t.Errorf("%+v", b)
	}
	pop.Latency = append(pop.Latency[:2], pop.Latency[3:]...)
	pop.Latency[0].Samples = append([]int64(nil), pop.Latency[0].Samples...)
	for i := range pop.Latency[0].Samples {
		pop.Latency[0].Samples[i] *= 3
	}
	a, err = Analyze(pop, Options{Targets: []float64{1e-5}})
	if err != nil || !a.WorstProcess || !a.Bounds[0].Supported {
		t.Errorf("without it: %+v, %v", a.Bounds, err)
	}
}

// An analysis lists what its tail was fitted to and where it leads: the quantiles end
// at the rarest target, where the limit is that of the bound.
func TestAnalysisShowsItsTail(t *testing.T) {
	pop := drawn("a", 1, 20_000, func(rng *rand.Rand, _, _ int) float64 { return 1e6 * rng.ExpFloat64() })
	a, err := Analyze(pop, Options{Targets: []float64{1e-6, 1e-5}})
	if err != nil || a.Tail == nil {
		t.Fatal(a, err)
	}
	levels := a.TailQuantiles
	if n := len(levels); n != 9 || math.Abs(1-levels[n-1].P-1e-6) > 1e-12 {
		t.Fatalf("%d levels: %v", n, levels)
	}
	for i, q := range levels {
		if !(q.Lower <= q.Estimate && q.Estimate <= q.Upper) || i > 0 && !(q.Estimate > levels[i-1].Estimate) || q.Estimate < a.Tail.Threshold {
			t.Errorf("level %d: %v", i, q)
		}
	}
	if last := levels[len(levels)-1]; last.Upper != a.Bounds[0].Upper || last.Estimate != a.Bounds[0].Value {
		t.Errorf("at 1e-6 %v, the bound is %v", last, a.Bounds[0])
	}
	chosen := 0
	for _, c := range a.ThresholdScan {
		if c.Chosen && c.Threshold == a.Tail.Threshold {
			chosen++
		}
	}
	if chosen != 1 || len(a.ThresholdScan) < 5 {
		t.Errorf("threshold %v of %+v", a.Tail.Threshold, a.ThresholdScan)
	}
	if a, err := Analyze(pop, Options{Targets: []float64{1e-30}}); err != nil || len(a.TailQuantiles) != mostTailQuantiles {
		t.Errorf("down to 1e-30: %d levels, %v", len(a.TailQuantiles), err)
	}
}
