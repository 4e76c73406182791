package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/selftest"
)

func TestCoverageCommand(t *testing.T) {
	testenv.SkipInRaceRun(t)
	a := newTestApp()
	args := []string{"coverage", "--reps", "3", "--n", "500", "--seed", "7"}
	text := a.try(t, args...)
	text.want(t, exitPass, "3 samples of 500 values", "exponential", "armax-0.5", "REFUSED")
	first := a.try(t, append(args, "--json")...)
	if again := a.try(t, append(args, "--json")...); first.code != exitPass || again.stdout != first.stdout || first.stderr != "" {
		t.Errorf("the same seed gave\n%s\nand\n%s", first.stdout, again.stdout)
	}
	var got struct {
		Schema   string
		Reps, N  int
		Families map[string]struct {
			Coverage, Refused *float64
			CI                [2]float64
			RatioMedian       *float64 `json:"ratio_median"`
			RatioP95          *float64 `json:"ratio_p95"`
		}
	}
	if err := json.Unmarshal([]byte(first.stdout), &got); err != nil {
		t.Fatalf("%v in %s", err, first.stdout)
	}
	for _, name := range []string{"exponential", "gpd+0.1", "gpd-0.2", "gamma8", "lognormal", "armax-0.5", "bursts"} {
		if f, ok := got.Families[name]; !ok || f.Refused == nil || *f.Refused < 1 && (f.Coverage == nil || f.RatioP95 == nil) || f.CI[1] > 1 {
			t.Errorf("family %s: %+v", name, f)
		}
	}
	if got.Schema != coverageSchema || got.Reps != 3 || got.N != 500 {
		t.Errorf("%+v", got)
	}
	a.try(t, "coverage", "--reps", "-1").want(t, exitError, "Reps -1")
	a.try(t, "coverage", "--n", "7").want(t, exitError, "N 7: must be ≥500")
	a.try(t, "coverage", "--target", "0.5").want(t, exitError, "Target")
}

// selfTestApp can measure the benchmark that live faults are injected into.
func selfTestApp(pool bench.Benchmark) *app {
	a := newTestApp()
	a.catalogue = append(a.catalogue, pool)
	return a
}

func TestSelfTestCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("draws millions of samples; left out by -short")
	}
	a := selfTestApp(synthetic(liveBench, 40, 3000, nil))
	args := []string{"selftest", "--runs", "1", "--sequential", "40", "--live-runs", "1", "--json", "--seed", "3"}
	first := a.try(t, args...)
	if again := a.try(t, args...); first.code != exitPass || again.stdout != first.stdout {
		t.Errorf("exit %d (%s); the same seed gave\n%s\nand\n%s", first.code, first.stderr, first.stdout, again.stdout)
	}
	var got selfTestReport
	if err := json.Unmarshal([]byte(first.stdout), &got); err != nil {
		t.Fatalf("%v in %s", err, first.stdout)
	}
	if d := got.Detect["delay"]; len(got.Detect) != 5 || d.Caught != 1 || d.Runs != 1 || got.FalseAlarms.Runs != 1 {
		t.Errorf("%+v", got)
	}
	if s := got.Sequential; s == nil || s.Runs != 40 || s.Pass+s.Fail > 6 {
		t.Errorf("sequential %+v", s)
	}
	if got.Live == nil || got.Live.Samples != 3000 || got.Live.Detect["step"].Caught != 1 || !got.Sound {
		t.Errorf("live %+v", got.Live)
	}
	if !strings.Contains(first.stdout, `"false_alarms"`) {
		t.Errorf("%s", first.stdout)
	}
}

func TestSelfTestRefusals(t *testing.T) {
	a := selfTestApp(synthetic(liveBench, 40, 10, nil))
	a.try(t, "selftest", "--runs", "0").want(t, exitError, "--runs 0")
	newTestApp().try(t, "selftest", "--runs", "1").want(t, exitError, liveBench)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if got := a.tryContext(cancelled, "selftest", "--runs", "1"); got.code != exitError || got.stdout != "" {
		t.Errorf("cancelled: %+v", got)
	}
	if got := a.tryContext(cancelled, "coverage", "--reps", "1"); got.code != exitError || got.stdout != "" {
		t.Errorf("cancelled: %+v", got)
	}
}

func TestLiveBase(t *testing.T) {
	gone := bench.Benchmark{Name: liveBench, Measure: func(context.Context, bench.Params) ([]record.Series, error) {
		return nil, bench.ErrUnavailable
	}}
	live, base, err := selfTestApp(gone).liveBase(t.Context(), 1, 1)
	if err != nil || base != nil || live.Unavailable == "" {
		t.Errorf("%+v, %v, %v", live, base, err)
	}
	r := &selfTestReport{Live: live}
	var b strings.Builder
	if err := r.writeText(result.NewPage(&b)); err != nil || !strings.Contains(b.String(), "could not be measured") || !strings.Contains(b.String(), "NOT sound") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestSound(t *testing.T) {
	good := selftest.Detection{Caught: 500, Runs: 500, CI: [2]float64{0.993, 1}}
	for _, c := range []struct {
		d    selftest.Detection
		f    selftest.FalseAlarms
		want bool
	}{
		{good, selftest.FalseAlarms{Fails: 2, Runs: 500, CI: [2]float64{0.0005, 0.014}}, true},
		{good, selftest.FalseAlarms{Fails: 20, Runs: 500, CI: [2]float64{0.025, 0.06}}, false},
		{selftest.Detection{Caught: 480, Runs: 500, CI: [2]float64{0.94, 0.975}}, selftest.FalseAlarms{}, false},
	} {
		if got := certificate.Sound(selftest.Result{Detect: map[string]selftest.Detection{"x": c.d}, FalseAlarms: c.f}); got != c.want {
			t.Errorf("%+v, %+v: %v", c.d, c.f, got)
		}
	}
	for want, looks := range map[bool]selftest.Boundary{
		true:  {PassCI: [2]float64{0.04, 0.06}, FailCI: [2]float64{0.005, 0.02}},
		false: {PassCI: [2]float64{0.051, 0.06}},
	} {
		if got := certificate.Sound(selftest.Result{Sequential: &looks}); got != want {
			t.Errorf("%+v: %v", looks, got)
		}
	}
}
