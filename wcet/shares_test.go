package wcet

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/evt"
)

// The tests below hold each verdict to the part of the error that it may spend: where
// several processes, kinds of evidence, checks or looks could each err, all of them
// together err no more than one alone.

// differing are five processes of scales of their own.
func differing(t *testing.T, n int) *evidence {
	t.Helper()
	ev, err := newEvidence(drawn("a", 5, n, func(rng *rand.Rand, process, _ int) float64 {
		return 1000 * (1 + float64(process)/4) * rng.ExpFloat64()
	}), 0)
	if err != nil || !ev.worst || len(ev.each) != 5 {
		t.Fatalf("the processes do not differ: %v", err)
	}
	return ev
}

func TestWorstProcessSharesTheError(t *testing.T) {
	ev := differing(t, 2000)
	const p, limit, alpha = 0.99, 8800, 0.05
	lower, beyond := math.Inf(-1), 1.0
	for _, s := range ev.each {
		lower = max(lower, quantileOf(s, p, 1-alpha/5, 0.95).Lower)
		beyond = min(beyond, 5*s.Beyond(p, limit))
	}
	if got := ev.limits(p, 1-alpha, 0.95).Lower; got != lower {
		t.Errorf("the lower limit is %v, want that of a fifth of the error, %v", got, lower)
	}
	if got := ev.beyond(p, limit); got != beyond || !(got > 0 && got < 1) {
		t.Errorf("the p-value is %v, want five times the least, %v", got, beyond)
	}
	const rare, far = 1e-3, 11000
	lower, beyond = math.Inf(-1), 1.0
	for _, tail := range ev.tails() {
		lower = max(lower, tail.Lower(rare, alpha/5))
		beyond = min(beyond, 5*tail.PValue(rare, far))
	}
	if got := ev.tailLower(rare, alpha); got != lower {
		t.Errorf("the tails' lower limit is %v, want that of a fifth of the error, %v", got, lower)
	}
	if got := ev.tailBeyond(rare, far); got != beyond || !(got > 0 && got < 1) {
		t.Errorf("the tails' p-value is %v, want five times the least, %v", got, beyond)
	}
}

// Where processes differ each has to decide for itself: all of them need as many
// samples as the pool would.
func TestWorstProcessNeedsMore(t *testing.T) {
	ev := differing(t, 2000)
	const p, confidence = 0.99, 0.95
	limit := ev.pooled.Quantile(p) * 1.01
	each := ev.needed(p, limit, confidence) + ev.pooled.N()
	ev.worst = false
	if pool := ev.needed(p, limit, confidence) + ev.pooled.N(); math.Abs(float64(each)/float64(pool)-5) > 0.01 {
		t.Errorf("%d samples of the pool decide, and %d of five processes", pool, each)
	}
}

// lowTail is a tail that knows no lower limit but 0.
type lowTail struct{ evt.Tail }

func (l lowTail) Limit(p, confidence float64) float64 {
	if confidence < 0.5 {
		return 0
	}
	return l.Tail.Limit(p, confidence)
}

// Order statistics and the fitted tail may each condemn a bound: each spends half.
func TestExceedanceSharesTheError(t *testing.T) {
	ev, err := newEvidence(drawn("a", 5, 1000, exponential(1000)), 0)
	if err != nil || ev.worst {
		t.Fatal(err)
	}
	const confidence, alpha = 0.95, 0.02
	byTail, byOrder := 0, 0
	for i, c := range []struct{ p, limit float64 }{{1e-2, 4000}, {1e-3, 5000}, {1e-5, 7000}, {1e-2, 4300}} {
		if i == 3 {
			ev.tails()[0].Tail = lowTail{ev.tails()[0].Tail}
		}
		limit := ExceedanceLimit{P: c.p, Limit: c.limit}
		b := Budget{Benchmark: "a", Exceedance: &limit}
		if !ev.tailBound(c.p, confidence, b.extrapolation()).Supported {
			t.Fatalf("p = %v: the bound is not supported", c.p)
		}
		got := exceedanceCase(ev, limit, b)
		order, tail := ev.beyond(1-c.p, c.limit), ev.tailBeyond(c.p, c.limit)
		if want := min(1, 2*min(order, tail)); got.failP != want {
			t.Errorf("p = %v, %v: p-value %v, want twice the least of %v and %v", c.p, c.limit, got.failP, order, tail)
		}
		lower, free := ev.tailLower(c.p, alpha/2), ev.limits(1-c.p, 1-alpha/2, confidence).Lower
		if free > lower {
			lower = free
			byOrder++
		} else {
			byTail++
		}
		if got := got.lowerAt(alpha); got != lower {
			t.Errorf("p = %v: the lower limit is %v, want that of half of the error, %v", c.p, got, lower)
		}
	}
	if byTail == 0 || byOrder == 0 {
		t.Errorf("%d limits are the tail's and %d those of order statistics: this test shows nothing of one", byTail, byOrder)
	}
}

// A look spends its share on a FAIL, and leaves a part of it for the bound that is
// judged at the end.
func TestLooksShareTheError(t *testing.T) {
	pop := drawn("a", 5, 2000, exponential(1000))
	ev, err := newEvidence(pop, 0)
	if err != nil {
		t.Fatal(err)
	}
	const p = 0.99
	b := quantileBudget("a", p, 4605)
	for _, share := range []float64{1, lookShare(1), lookShare(3)} {
		got, err := evaluate([]Budget{b}, pops(pop), errorShare{share: share})
		if err != nil {
			t.Fatal(err)
		}
		lower := ev.limits(p, 1-failLevel*share, b.confidence()).Lower
		upper := ev.limits(p, 0.5, 1-(1-b.confidence())*share).Upper
		if c := got[0].Checks[0]; c.Lower != lower || c.Upper != upper {
			t.Errorf("share %v: limits %v and %v, want %v and %v", share, c.Lower, c.Upper, lower, upper)
		}
	}
	b.Exceedance = &ExceedanceLimit{P: 1e-6, Limit: 1e6}
	s := NewSequential([]Budget{b})
	got, _, err := s.Look(pops(pop))
	if err != nil {
		t.Fatal(err)
	}
	if c, lower := got[0].Checks[0], ev.limits(p, 1-failLevel*lookShare(1)/2, b.confidence()).Lower; c.Lower != lower {
		t.Errorf("with a bound to come: lower limit %v, want that of half of the look's error, %v", c.Lower, lower)
	}
}

// A budget of nothing but an extreme-value bound is never decided by a look.
func TestBoundAloneIsNotDecidedEarly(t *testing.T) {
	s := NewSequential([]Budget{{Benchmark: "a", Exceedance: &ExceedanceLimit{P: 1e-6, Limit: 1e6}}})
	pop := drawn("a", 5, 2000, exponential(1000))
	for k := 1; k <= 2; k++ {
		if _, decided, err := s.Look(pops(pop)); decided || err != nil || s.FinalLook() != k+1 {
			t.Errorf("look %d: decided %v, %v; the final look is %d", k, decided, err, s.FinalLook())
		}
	}
}

// Student's t of five ratios has four degrees of freedom, and the lower limit is where
// the p-value is the error.
func TestRatiosAgainstStudent(t *testing.T) {
	if mean, se := logMoments([]float64{math.E, math.Exp(3)}); math.Abs(mean-2) > 1e-12 || math.Abs(se-1) > 1e-12 {
		t.Errorf("logarithms 1 and 3: mean %v, standard error %v, want 2 and 1", mean, se)
	}
	x := []float64{1.1, 1.15, 1.2, 1.25, 1.3}
	mean, se := logMoments(x)
	for _, limit := range []float64{1.09, 1, 0.9} {
		v := (mean - math.Log(limit)) / se
		// The distribution function of t with four degrees of freedom.
		w := v / math.Sqrt(4+v*v)
		want := 0.5 - 0.75*w + 0.25*w*w*w
		if got := ratioBeyond(x, limit); math.Abs(got/want-1) > 1e-6 {
			t.Errorf("limit %v: p = %v, want %v", limit, got, want)
		}
	}
	for _, alpha := range []float64{0.01, 0.001} {
		lower := ratioLower(x, alpha)
		if got := ratioBeyond(x, lower); math.Abs(got/alpha-1) > 1e-6 {
			t.Errorf("at the lower limit %v the p-value is %v, want %v", lower, got, alpha)
		}
	}
}

// Few bursts in any of the processes that are judged for themselves are told.
func TestFewBurstsOfOneProcess(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	calm, bursts := make([]float64, 20_000), make([]float64, 20_000)
	for i := range calm {
		calm[i], bursts[i] = rng.ExpFloat64(), rng.ExpFloat64()
	}
	for b := range 3 {
		for i := range 60 {
			bursts[5000*b+2*i] += 20
		}
	}
	for name, parts := range map[string][][]float64{"first": {bursts, calm}, "last": {calm, bursts}} {
		ev := &evidence{worst: true, each: evt.NewSample(parts).Split()}
		var c checkCase
		if c.explainBursts(ev, 0.99); len(c.reasons) != 1 {
			t.Errorf("bursts in the %s process: %q", name, c.reasons)
		}
	}
}

// Two equal times may be a clock that stood still, one alone may not.
func TestFrozenClockOfFewSamples(t *testing.T) {
	for n, want := range map[int]bool{0: false, 1: false, 2: true, 3: true} {
		if got := frozenClock([]record.Series{{Unit: "ns", Samples: make([]int64, n)}}) != ""; got != want {
			t.Errorf("%d samples of 0: frozen %v", n, got)
		}
	}
}

// A collection that ends during a call is told of that call, be it the first.
func TestMeasureTellsOfCollections(t *testing.T) {
	for _, collects := range []int{0, 2} {
		now, call := int64(0), -verifyWarmUp
		pop := measure(Options{Now: func() int64 { now += 10; return now }}, 4, func() {
			if call == collects {
				runtime.GC()
				now += 1000
			}
			call++
		})
		worst := pop.Latency[0].Outliers[0]
		if worst.Index != int64(collects) || worst.Cause != record.StoppedWorld {
			t.Errorf("a collection in call %d: %+v", collects, worst)
		}
	}
}
