package wcet

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// fakeTB records what Verify says.
type fakeTB struct {
	logs, errors, fatals []string
}

func (f *fakeTB) Helper()                      {}
func (f *fakeTB) Name() string                 { return "TestStep" }
func (f *fakeTB) Logf(s string, args ...any)   { f.logs = append(f.logs, fmt.Sprintf(s, args...)) }
func (f *fakeTB) Errorf(s string, args ...any) { f.errors = append(f.errors, fmt.Sprintf(s, args...)) }
func (f *fakeTB) Fatalf(s string, args ...any) { f.fatals = append(f.fatals, fmt.Sprintf(s, args...)) }
func (f *fakeTB) said(list []string) string    { return strings.Join(list, "\n") }

// virtual is a clock that a step function advances by random latencies.
type virtual struct {
	ns  int64
	rng *rand.Rand
}

func newVirtual() *virtual    { return &virtual{rng: rand.New(rand.NewPCG(4, 4))} }
func (v *virtual) now() int64 { return v.ns }
func (v *virtual) step()      { v.ns += 1000 + int64(100*v.rng.ExpFloat64()) }
func verifyBudget(limit float64) Options {
	return Options{Budget: Budget{Quantiles: []QuantileLimit{{P: 0.99, Limit: limit}}}}
}

func TestVerify(t *testing.T) {
	var _ TB = t
	for _, c := range []struct {
		name                 string
		opt                  Options
		logs, errors, fatals string
	}{
		{name: "pass", opt: verifyBudget(2000), logs: "TestStep: PASS"},
		{name: "fail", opt: verifyBudget(1200), errors: "TestStep: FAIL"},
		{name: "open", opt: verifyBudget(1460), errors: "INCONCLUSIVE"},
		{name: "open, advisory", opt: func() Options { o := verifyBudget(1460); o.Advisory = true; return o }(), logs: "INCONCLUSIVE"},
		{name: "too few", opt: func() Options { o := verifyBudget(2000); o.Samples = 100; return o }(), fatals: "needs ≥299"},
		{name: "no limit", opt: Options{}, fatals: "no limit"},
		{name: "ratio", opt: Options{Budget: Budget{Ratios: []RatioLimit{{To: "x", Limit: 1}}}}, fatals: "ratios"},
	} {
		clock, tb := newVirtual(), &fakeTB{}
		c.opt.Now = clock.now
		Verify(tb, c.opt, clock.step)
		for _, said := range []struct{ got, want string }{
			{tb.said(tb.logs), c.logs}, {tb.said(tb.errors), c.errors}, {tb.said(tb.fatals), c.fatals},
		} {
			if !strings.Contains(said.got, said.want) || said.want == "" && said.got != "" {
				t.Errorf("%s: said %q, want %q", c.name, said.got, said.want)
			}
		}
	}
}

func TestVerifyNamesTheWorst(t *testing.T) {
	clock, tb := newVirtual(), &fakeTB{}
	opt := verifyBudget(1200)
	opt.Now = clock.now
	calls := 0
	Verify(tb, opt, func() {
		clock.step()
		if calls++; calls == verifyWarmUp+778 {
			clock.ns += 1_000_000
			runtime.GC()
		}
	})
	if got := tb.said(tb.errors); !strings.Contains(got, "(call 777, garbage collection)") {
		t.Errorf("%s", got)
	}
}

func TestVerifySamples(t *testing.T) {
	o := verifyBudget(1)
	for _, c := range []struct {
		samples int
		short   bool
		want    int
	}{{0, false, 10000}, {0, true, 1000}, {500, true, 448}, {500, false, 500}} {
		o.Samples = c.samples
		if n, err := o.verifySamples(c.short); err != nil || n != c.want {
			t.Errorf("%+v: %d, %v", c, n, err)
		}
	}
}
