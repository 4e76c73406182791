package wcet

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/internal/reference"
)

// evaluateOne evaluates a single budget and returns its only check.
func evaluateOne(t *testing.T, b Budget, list ...Population) Check {
	t.Helper()
	got, err := Evaluate([]Budget{b}, pops(list...))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || len(got[0].Checks) != 1 {
		t.Fatalf("want one check: %+v", got)
	}
	c := got[0].Checks[0]
	if got[0].Verdict != c.Verdict {
		t.Errorf("verdict %s of a single check %s", got[0].Verdict, c.Verdict)
	}
	return c
}

func quantileBudget(name string, p, limit float64) Budget {
	return Budget{Benchmark: name, Quantiles: []QuantileLimit{{P: p, Limit: limit}}}
}

func TestQuantileVerdicts(t *testing.T) {
	pop := drawn("a", 5, 4000, exponential(1000)) // p99 = 4605
	for _, c := range []struct {
		p, limit float64
		want     Verdict
		needed   bool
	}{
		{0.99, 6000, Pass, false},
		{0.99, 4605, Inconclusive, false},
		{0.99, 4680, Inconclusive, true},
		{0.99, 3500, Fail, false},
		{0.9999, 30000, Inconclusive, true},
		{0.9999, 3000, Fail, false},
		{0.5, 800, Pass, false},
	} {
		got := evaluateOne(t, quantileBudget("a", c.p, c.limit), pop)
		if got.Verdict != c.want || c.needed && got.Needed == 0 || !c.needed && c.limit != 4605 && got.Needed != 0 {
			t.Errorf("%s ≤ %g: %s, needed %d (%s); want %s", got.Metric, c.limit, got.Verdict, got.Needed, got.Why, c.want)
		}
		if (got.Verdict == Fail) != (got.Lower > got.Limit) || (got.Verdict == Pass) != (got.Upper <= got.Limit) {
			t.Errorf("%s ≤ %g: %s does not rest on its limits: %+v", got.Metric, c.limit, got.Verdict, got)
		}
	}
}

// The number of samples that an INCONCLUSIVE check asks for does decide it.
func TestNeededDecides(t *testing.T) {
	b := quantileBudget("a", 0.99, 4680)
	got := evaluateOne(t, b, drawn("a", 5, 4000, exponential(1000)))
	if got.Verdict != Inconclusive || got.Needed == 0 {
		t.Fatalf("%+v", got)
	}
	more := (20000 + 2*got.Needed) / 5
	if again := evaluateOne(t, b, drawn("a", 5, more, exponential(1000))); again.Verdict != Pass {
		t.Errorf("%d samples a process: %s (%s)", more, again.Verdict, again.Why)
	}
}

// Identical programs under budgets at their true quantiles raise at most 1% of
// false alarms in all, and every one of 56 checks rarely passes.
func TestFamilyWiseError(t *testing.T) {
	var budgets []Budget
	alarms := 0
	reps := 40
	if testing.Short() {
		reps = 10
	}
	for i := range 14 {
		budgets = append(budgets, Budget{Benchmark: fmt.Sprint("b", i), Quantiles: []QuantileLimit{
			{0.5, 693.6}, {0.9, 2303}, {0.99, 4606}, {0.999, 6908}}})
	}
	for rep := range reps {
		populations := map[string]Population{}
		for i := range 14 {
			name := fmt.Sprint("b", i)
			populations[name] = drawn(name, 2, 500, func(rng *rand.Rand, p, j int) float64 {
				if j == 0 {
					*rng = *rand.New(rand.NewPCG(uint64(rep), uint64(100*i+p)))
				}
				return 1000 * rng.ExpFloat64()
			})
		}
		got, err := Evaluate(budgets, populations)
		if err != nil {
			t.Fatal(err)
		}
		if Overall(got) == Fail {
			alarms++
		}
	}
	if alarms > 2 {
		t.Errorf("%d false alarms in %d runs of 56 budgets", alarms, reps)
	}
}

func TestHolm(t *testing.T) {
	var cases []*checkCase
	for _, p := range []float64{0.5, 0.0024, 0.004, 0.0001} {
		cases = append(cases, &checkCase{failP: p, lowerAt: func(alpha float64) float64 { return alpha }})
	}
	holm(append(cases, &checkCase{failP: 0}), 0, 0.01)
	// Thresholds .0025, .00333, .005, .01: .0001 and .0024 fall, .004 ≤ .005 too.
	for i, want := range []bool{false, true, true, true} {
		if cases[i].failed != want {
			t.Errorf("p = %g: failed %v, want %v", cases[i].failP, cases[i].failed, want)
		}
	}
	reference.Near(t, "level of the smallest", cases[3].Lower, 0.0025, 1e-15)
	reference.Near(t, "level of the kept", cases[0].Lower, 0.01, 1e-15)

	cases[1].failP, cases[2].failP = 0.0034, 0.0035
	for _, c := range cases {
		c.failed = false
	}
	holm(cases, 0, 0.01)
	if cases[1].failed || cases[2].failed || !cases[3].failed {
		t.Error("Holm goes on after the first p-value that is kept")
	}
	reference.Near(t, "level after the stop", cases[2].Lower, 0.01/3, 1e-15)
}

func TestCounts(t *testing.T) {
	pop := drawn("a", 4, 100, exponential(1000)) // two processes skipped one each
	for _, c := range []struct {
		limit float64
		want  Verdict
	}{{2, Pass}, {1, Fail}, {0, Fail}} {
		got := evaluateOne(t, Budget{Benchmark: "a", Counts: []CountLimit{{"skipped", c.limit}}}, pop)
		if got.Verdict != c.want || got.Estimate != 2 || got.Why != fmt.Sprintf("counted 2, budget %g", c.limit) {
			t.Errorf("skipped ≤ %g: %+v", c.limit, got)
		}
	}
	// Both series of a process may carry its counters.
	pop.Batch = batches("a", 1, 1, 1, 1).Batch
	for i := range pop.Batch {
		pop.Batch[i].Counters = map[string]float64{"skipped": float64(i % 2), "allocs": 1}
	}
	if got := evaluateOne(t, Budget{Benchmark: "a", Counts: []CountLimit{{"skipped", 2}}}, pop); got.Estimate != 2 {
		t.Errorf("counter of two series counted twice: %+v", got)
	}
	if got := evaluateOne(t, Budget{Benchmark: "a", Counts: []CountLimit{{"allocs", 4}}}, pop); got.Estimate != 4 {
		t.Errorf("counter of the batch series: %+v", got)
	}
}

func TestNegativeCountIsAnError(t *testing.T) {
	for _, v := range []float64{-1, math.NaN(), math.Inf(1)} {
		pop := drawn("a", 2, 100, exponential(1000))
		pop.Latency[1].Counters["allocs"] = v
		if _, err := Evaluate([]Budget{{Benchmark: "a", Counts: []CountLimit{{"skipped", 9}}}}, pops(pop)); err == nil || !strings.Contains(err.Error(), `process 1 counted`) {
			t.Errorf("a count of %v: %v", v, err)
		}
	}
}

// Facts do not add up: the worst process speaks for all.
func TestFactsAreTheLargest(t *testing.T) {
	pop := drawn("a", 5, 100, exponential(1000))
	for i := range pop.Latency {
		pop.Latency[i].Facts = map[string]float64{"timer_ns": 20 + float64(i%3), "cold": -3 - float64(i)}
	}
	a, err := Analyze(pop, Options{})
	if err != nil || a.Facts["timer_ns"] != 22 || a.Facts["cold"] != -3 || a.Counters["skipped"] != 2 {
		t.Errorf("facts %v, counters %v, %v", a.Facts, a.Counters, err)
	}
	if _, err := Evaluate([]Budget{{Benchmark: "a", Counts: []CountLimit{{"timer_ns", 30}}}}, pops(pop)); err == nil {
		t.Error("a fact was judged as a count")
	}
}

// A budget below every single sample is broken, though the samples beyond it have
// no gaps to tell clusters by.
func TestBudgetBelowAllSamplesFails(t *testing.T) {
	for name, draw := range map[string]func(rng *rand.Rand, _, _ int) float64{
		"spread":   func(rng *rand.Rand, _, _ int) float64 { return 20_000 * (1 + 0.05*rng.ExpFloat64()) },
		"constant": func(*rand.Rand, int, int) float64 { return 20_000 },
		"tied":     func(rng *rand.Rand, _, _ int) float64 { return 20_000 + 1000*float64(rng.IntN(2)) },
	} {
		pop := drawn("a", 5, 520, draw)
		for _, p := range []float64{0.5, 0.99} {
			got := evaluateOne(t, quantileBudget("a", p, 1000), pop)
			if got.Verdict != Fail || !strings.Contains(got.Why, "µs lies beyond the budget 1 µs") {
				t.Errorf("%s, %s: %s (%s)", name, got.Metric, got.Verdict, got.Why)
			}
		}
	}
}

func TestRatios(t *testing.T) {
	fast := batches("fast", 10, 11, 10.5, 10.2, 10.8)
	slow := batches("slow", 20, 21, 20.5, 20.2, 20.8)
	for _, c := range []struct {
		limit float64
		want  Verdict
	}{{0.6, Pass}, {0.51, Inconclusive}, {0.3, Fail}, {0.0001, Fail}} {
		got := evaluateOne(t, Budget{Benchmark: "fast", Ratios: []RatioLimit{{To: "slow", Limit: c.limit}}}, fast, slow)
		if got.Verdict != c.want {
			t.Errorf("mean ratio ≤ %g: %s (%s), want %s", c.limit, got.Verdict, got.Why, c.want)
		}
		if got.Estimate < 0.49 || got.Estimate > 0.53 || got.Metric != "mean/slow" {
			t.Errorf("estimate %+v", got)
		}
	}
	// On average four times the budget, but one process keeps it.
	mixed := batches("fast", 40, 41, 42, 40, 41, 40, 41, 42, 9)
	peers := batches("slow", 20, 20, 20, 20, 20, 20, 20, 20, 20)
	if got := evaluateOne(t, Budget{Benchmark: "fast", Ratios: []RatioLimit{{To: "slow", Limit: 0.46}}}, mixed, peers); got.Verdict != Inconclusive {
		t.Errorf("processes disagree: %+v", got)
	}
	few := batches("fast", 10, 11, 10.5)
	if got := evaluateOne(t, Budget{Benchmark: "fast", Ratios: []RatioLimit{{To: "slow", Limit: 0.9}}}, few, slow); got.Verdict != Inconclusive {
		t.Errorf("three processes decide: %+v", got)
	}
	a, b := drawn("a", 5, 2000, exponential(1000)), drawn("b", 5, 2000, exponential(4000))
	got := evaluateOne(t, Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "b", P: 0.99, Limit: 0.5}}}, a, b)
	if got.Verdict != Pass || got.Metric != "p99/b" {
		t.Errorf("p99 ratio: %+v", got)
	}
	got = evaluateOne(t, Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "b", P: 0.9999, Limit: 0.5}}}, a, b)
	if got.Verdict != Inconclusive {
		t.Errorf("p9999 of 2,000 samples compared: %+v", got)
	}
	gone := Population{Name: "slow", Latency: []record.Series{{Name: "slow", Unavailable: "no C compiler"}}}
	got = evaluateOne(t, Budget{Benchmark: "fast", Ratios: []RatioLimit{{To: "slow", Limit: 1}}}, fast, gone)
	if got.Verdict != Unsupported || !strings.Contains(got.Why, "no C compiler") {
		t.Errorf("ratio to an unavailable peer: %+v", got)
	}
}

func TestExceedanceVerdicts(t *testing.T) {
	steady := drawn("a", 5, 10000, exponential(1000)) // 1e-6 quantile 13816
	budget := func(limit float64, u OnUnsupported) Budget {
		return Budget{Benchmark: "a", Exceedance: &ExceedanceLimit{P: 1e-6, Limit: limit}, OnUnsupported: u}
	}
	drifting := drawn("a", 5, 10000, func(rng *rand.Rand, _, i int) float64 {
		return 1000*rng.ExpFloat64() + float64(i)/5
	})
	for _, c := range []struct {
		what  string
		b     Budget
		pop   Population
		want  Verdict
		wants string
	}{
		{"wide", budget(50000, ""), steady, Pass, "extreme-value"},
		{"at the truth", budget(14000, ""), steady, Inconclusive, "measure longer"},
		{"far below", budget(5000, ""), steady, Fail, "lower limit"},
		{"drift", budget(40000, ""), drifting, Unsupported, "drifts"},
		{"drift, distribution-free FAIL", budget(2000, ""), drifting, Fail, "lower limit"},
		{"drift, fails", budget(40000, UnsupportedFails), drifting, Fail, "drifts"},
		{"drift, inconclusive", budget(40000, UnsupportedInconclusive), drifting, Inconclusive, "drifts"},
		{"drift, distribution-free", budget(40000, UnsupportedDistributionFree), drifting, Inconclusive, "more samples"},
	} {
		got := evaluateOne(t, c.b, c.pop)
		if got.Verdict != c.want || !strings.Contains(got.Why, c.wants) {
			t.Errorf("%s: %s (%s), want %s with %q", c.what, got.Verdict, got.Why, c.want, c.wants)
		}
	}
}

func TestWorstProcess(t *testing.T) {
	pop := drawn("a", 5, 4000, func(rng *rand.Rand, p, _ int) float64 {
		scale := 1000.0
		if p == 3 {
			scale = 2000
		}
		return scale * rng.ExpFloat64()
	})
	a, err := Analyze(pop, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !a.WorstProcess || !a.Hypotheses["between-process"].Reject {
		t.Fatalf("a process twice as slow went unnoticed: %+v", a.Hypotheses)
	}
	if q := a.Quantiles[1]; q.P != 0.99 || q.Upper < 9210 || q.Lower > 9210 || q.Lower < 7000 {
		t.Errorf("p99 of the worst process (9210): %+v", q)
	}
	if got := evaluateOne(t, quantileBudget("a", 0.99, 7000), pop); got.Verdict != Fail || !strings.Contains(got.Why, "worst of these 5") {
		t.Errorf("pool passes for the worst process: %+v", got)
	}
	same, err := Analyze(drawn("a", 5, 4000, exponential(1000)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if same.WorstProcess {
		t.Errorf("equal processes differ: %+v", same.Hypotheses["between-process"])
	}
}

// Latencies that no tail can be fitted to: the reason is named, and no extreme-value
// limit passes, however wide. What order statistics alone can tell stays told.
func TestLatenciesWithoutATail(t *testing.T) {
	drawOnce := drawn("a", 1, 20_000, exponential(1000))
	sorted := Population{Name: "a", Unit: "ns", Latency: []record.Series{drawOnce.Latency[0]}}
	sorted.Latency[0].Samples = slices.Sorted(slices.Values(drawOnce.Latency[0].Samples))
	for _, c := range []struct {
		name string
		pop  Population
		want string
		p99  Verdict
	}{
		{"constant", drawn("a", 5, 2000, func(*rand.Rand, int, int) float64 { return 700 }), "all 2,000 samples of process 0 are 700 ns", Unsupported},
		{"tied", drawn("a", 5, 2000, func(rng *rand.Rand, _, _ int) float64 { return float64(700 + rng.IntN(3)) }), "too few distinct values", Pass},
		{"tiny", drawn("a", 5, 40, exponential(1000)), "200 samples: a tail needs at least 500", Inconclusive},
		{"reordered", sorted, "correlated", Inconclusive},
		{"uniform", drawn("a", 5, 4000, func(rng *rand.Rand, _, _ int) float64 { return 1e6 * rng.Float64() }), "abruptly", Pass},
	} {
		budget := Budget{Benchmark: "a", Quantiles: []QuantileLimit{{0.99, 1e8}}, Exceedance: &ExceedanceLimit{P: 1e-5, Limit: 1e12}}
		got, err := Evaluate([]Budget{budget}, pops(c.pop))
		if err != nil {
			t.Fatal(err)
		}
		tail := got[0].Checks[1]
		if tail.Verdict != Unsupported || !strings.Contains(tail.Why, c.want) {
			t.Errorf("%s: %s (%s), want UNSUPPORTED with %q", c.name, tail.Verdict, tail.Why, c.want)
		}
		if p99 := got[0].Checks[0]; p99.Verdict != c.p99 {
			t.Errorf("%s: p99 %s (%s), want %s", c.name, p99.Verdict, p99.Why, c.p99)
		}
	}
}

// A clock that stands still passes nothing, in whatever process and whichever check;
// a time beyond its budget fails all the same.
func TestFrozenClockDoesNotPass(t *testing.T) {
	for _, value := range []float64{0, 700} {
		all := drawn("a", 5, 2000, func(*rand.Rand, int, int) float64 { return value })
		one := drawn("a", 5, 2000, func(rng *rand.Rand, process, _ int) float64 {
			if process == 3 {
				return value
			}
			return 1000 * rng.ExpFloat64()
		})
		for name, pop := range map[string]Population{"all processes": all, "one process": one} {
			got := evaluateOne(t, quantileBudget("a", 0.99, 1e6), pop)
			if got.Verdict != Unsupported || !strings.Contains(got.Why, "clock stood still") {
				t.Errorf("%s at %v: %s (%s)", name, value, got.Verdict, got.Why)
			}
			got = evaluateOne(t, Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "b", P: 0.5, Limit: 100}}}, pop, drawn("b", 5, 2000, exponential(1000)))
			if got.Verdict != Unsupported {
				t.Errorf("ratio, %s at %v: %s (%s)", name, value, got.Verdict, got.Why)
			}
			got = evaluateOne(t, Budget{Benchmark: "b", Ratios: []RatioLimit{{To: "a", P: 0.5, Limit: 1e9}}}, pop, drawn("b", 5, 2000, exponential(1000)))
			if got.Verdict != Unsupported && got.Verdict != Inconclusive {
				t.Errorf("ratio to it, %s at %v: %s (%s)", name, value, got.Verdict, got.Why)
			}
		}
		if got := evaluateOne(t, Budget{Benchmark: "a", Counts: []CountLimit{{"skipped", 9}}}, all); got.Verdict != Pass {
			t.Errorf("a count needs no clock: %s (%s)", got.Verdict, got.Why)
		}
	}
	batch := batches("a", 10, 10, 10, 10, 10)
	for i := range batch.Batch[2].Samples {
		batch.Batch[2].Samples[i] = 0
	}
	if got := evaluateOne(t, Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "b", Limit: 2}}}, batch, batches("b", 10, 10, 10, 10, 10)); got.Verdict != Unsupported {
		t.Errorf("a batch series of zeros: %s (%s)", got.Verdict, got.Why)
	}
	stuck := drawn("a", 5, 2000, func(*rand.Rand, int, int) float64 { return 700 })
	if got := evaluateOne(t, quantileBudget("a", 0.99, 600), stuck); got.Verdict != Fail {
		t.Errorf("beyond its budget: %s (%s)", got.Verdict, got.Why)
	}
}

// The cap on extrapolation can be lowered and not raised, and an analysis says which
// one it was held to.
func TestExtrapolationIsLoweredOnly(t *testing.T) {
	pop := drawn("a", 5, 4000, exponential(1e6))
	b := Budget{Benchmark: "a", Exceedance: &ExceedanceLimit{P: 1e-6, Limit: 40e6}}
	for _, c := range []struct {
		most float64
		want Verdict
	}{{0, Pass}, {1000, Pass}, {60, Pass}, {40, Unsupported}} {
		b.Extrapolation = c.most
		got := evaluateOne(t, b, pop)
		if got.Verdict != c.want || c.want == Unsupported && !strings.Contains(got.Why, "beyond 40× the evidence") {
			t.Errorf("extrapolation %v: %s (%s)", c.most, got.Verdict, got.Why)
		}
	}
	for _, most := range []float64{1001, 0.5, -1, math.NaN()} {
		b.Extrapolation = most
		if _, err := Evaluate([]Budget{b}, pops(pop)); err == nil || !strings.Contains(err.Error(), "extrapolation") {
			t.Errorf("budget with %v: %v", most, err)
		}
		if _, err := Analyze(pop, Options{Extrapolation: most}); err == nil || !strings.Contains(err.Error(), "Options.Extrapolation") {
			t.Errorf("analysis with %v: %v", most, err)
		}
	}
	b.Extrapolation = 40
	if err := Decidable(b, 20_000); err == nil || !strings.Contains(err.Error(), "25,000") {
		t.Errorf("20,000 samples at 40 times: %v", err)
	}
	for most, want := range map[float64]float64{0: 1000, 40: 40} {
		a, err := Analyze(pop, Options{Extrapolation: most})
		if err != nil || a.Extrapolation != want || a.Bounds[0].Supported != (want == 1000) {
			t.Errorf("%v: held to %v, %+v, %v", most, a.Extrapolation, a.Bounds[0], err)
		}
	}
}

// A level of a standard says that it is no requirement on timing.
func TestPresetIsNamedInTheVerdict(t *testing.T) {
	pop := drawn("a", 5, 4000, exponential(1e6))
	for limit, verdict := range map[float64]Verdict{40e6: Pass, 13e6: Inconclusive, 2e6: Fail} {
		got := evaluateOne(t, Budget{Benchmark: "a", Exceedance: &ExceedanceLimit{P: 1e-6, Limit: limit, Target: "SIL2"}}, pop)
		if got.Verdict != verdict || !strings.HasSuffix(got.Why, "; SIL2: "+PresetNote) {
			t.Errorf("%v: %s (%s)", limit, got.Verdict, got.Why)
		}
	}
}

func TestEvaluateRefuses(t *testing.T) {
	pop := drawn("a", 2, 100, exponential(1000))
	for _, c := range []struct {
		b    Budget
		want string
	}{
		{quantileBudget("missing", 0.9, 1), "not measured"},
		{quantileBudget("a", 1.2, 1), "quantile"},
		{quantileBudget("a", 0.9, -1), "positive"},
		{Budget{Benchmark: "a"}, "no limit"},
		{Budget{Benchmark: "a", Confidence: 2, Counts: []CountLimit{{"skipped", 1}}}, "confidence"},
		{Budget{Benchmark: "a", Counts: []CountLimit{{"skiped", 1}}}, "recorded: skipped"},
		{Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "a", Limit: 1}}}, "ratio to"},
		{Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "b", Limit: 1}}}, "not measured"},
		{Budget{Benchmark: "a", Exceedance: &ExceedanceLimit{P: 0, Limit: 1}}, "exceedance"},
		{Budget{Benchmark: "a", Exceedance: &ExceedanceLimit{P: 1e-6, Limit: 1}, OnUnsupported: "pass"}, "on_unsupported"},
	} {
		if _, err := Evaluate([]Budget{c.b}, pops(pop)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.b, err, c.want)
		}
	}
	pop.Latency[1].Samples[7] = -3
	if _, err := Evaluate([]Budget{quantileBudget("a", 0.5, 1)}, pops(pop)); err == nil || !strings.Contains(err.Error(), "sample 7") {
		t.Errorf("negative latency: %v", err)
	}
	gone := Population{Name: "a", Latency: []record.Series{{Name: "a", Unavailable: "no privilege"}}}
	if got := evaluateOne(t, quantileBudget("a", 0.5, 1), gone); got.Verdict != Unsupported {
		t.Errorf("unavailable benchmark: %+v", got)
	}
	if _, err := Evaluate([]Budget{quantileBudget("a", 0.5, 1)}, pops(Population{Name: "a"})); err == nil {
		t.Error("a population without series was judged")
	}
}

func TestOverall(t *testing.T) {
	for _, c := range []struct {
		in   []Verdict
		want Verdict
	}{
		{nil, Inconclusive},
		{[]Verdict{Pass, Pass}, Pass},
		{[]Verdict{Pass, ""}, Inconclusive},
		{[]Verdict{Pass, Inconclusive}, Inconclusive},
		{[]Verdict{Inconclusive, Unsupported, Pass}, Unsupported},
		{[]Verdict{Unsupported, Fail, Pass}, Fail},
	} {
		var list []Evaluation
		for _, v := range c.in {
			list = append(list, Evaluation{Verdict: v})
		}
		if got := Overall(list); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestDecidable(t *testing.T) {
	var undecidable *UndecidableError
	err := Decidable(quantileBudget("loop", 0.9999, 1), 10000)
	if !errors.As(err, &undecidable) || undecidable.Need != 29956 || !strings.Contains(err.Error(), "p9999 at 95% needs ≥29,956 independent samples") {
		t.Errorf("%v", err)
	}
	if err := Decidable(quantileBudget("loop", 0.9999, 1), 29956); err != nil {
		t.Error(err)
	}
	exceedance := Budget{Benchmark: "loop", Exceedance: &ExceedanceLimit{P: 1e-6, Limit: 1}}
	if err := Decidable(exceedance, 999); err == nil {
		t.Error("999 samples reach 1e-6")
	}
	if err := Decidable(exceedance, 1000); err != nil {
		t.Error(err)
	}
	exceedance.OnUnsupported = UnsupportedDistributionFree
	if err := Decidable(exceedance, 1000000); !errors.As(err, &undecidable) || undecidable.Need != 2995731 {
		t.Errorf("distribution-free: %v", err)
	}
}
