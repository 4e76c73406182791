package certificate

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// smallRun is testRun with too few samples for a tail to be fitted, which takes time.
func smallRun() *record.Run {
	run := testRun()
	for i := range run.Series {
		s := &run.Series[i]
		s.Samples = s.Samples[:min(len(s.Samples), 30)]
	}
	return run
}

// buildWith builds the certificate of a run whose "fast" was measured under these
// conditions.
func buildWith(t *testing.T, text string, facts map[string]float64, interference []record.Interference, earlier ...Attempt) *Certificate {
	t.Helper()
	run := smallRun()
	run.Interference = interference
	for i := range run.Series {
		if run.Series[i].Name == "fast" {
			run.Series[i].Facts = facts
		}
	}
	c, err := Build(Evidence{Run: run, Digest: "0a", Catalogue: catalogue, Budgets: resolved(t, text), Earlier: earlier})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	keeps  = "[budget.fast]\ncounts = {skipped = 5}\n"
	breaks = "[budget.fast]\ncounts = {skipped = 4}\n"
)

// A benchmark that was not measured as required is not judged, whatever its samples.
func TestUnmetConditionsAreNoPass(t *testing.T) {
	quiet, busy := []record.Interference{{At: 10, Steal: 0.001}}, []record.Interference{{At: 10, Steal: 0.5}, {At: 20, Steal: 0.1}}
	strict := map[string]float64{"fifo": 1, "gc_off": 1}
	for name, c := range map[string]struct {
		require      string
		facts        map[string]float64
		interference []record.Interference
		unmet        string
	}{
		"met":                   {"policy = \"fifo\"\ngc = \"off\"\nmax_steal = 0.01\n", strict, quiet, ""},
		"nothing required":      {"", nil, busy, ""},
		"ordinary policy":       {"policy = \"fifo\"\n", map[string]float64{"fifo": 0}, quiet, "SCHED_FIFO is required"},
		"policy unknown":        {"policy = \"fifo\"\n", nil, quiet, "SCHED_FIFO, which is required, is unknown"},
		"collector on":          {"gc = \"off\"\n", map[string]float64{"gc_off": 0}, quiet, "off is required"},
		"collector unknown":     {"gc = \"off\"\n", map[string]float64{"fifo": 1}, quiet, "unknown"},
		"steal, mean over time": {"max_steal = 0.29\n", strict, busy, "took 30% of the CPU time, at most 29% is required"},
		"steal just tolerated":  {"max_steal = 0.31\n", strict, busy, ""},
		"steal unreadable":      {"max_steal = 1\n", strict, nil, "steal cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, limits := range []string{keeps, breaks} {
				want := wcet.Pass
				if limits == breaks {
					want = wcet.Fail
				}
				if c.unmet != "" {
					want = wcet.Inconclusive
				}
				got := buildWith(t, "[require]\n"+c.require+limits, c.facts, c.interference)
				e := got.Benches[0].Evaluation
				if got.Verdict != want || e.Verdict != want {
					t.Errorf("verdict %s of %s, want %s", got.Verdict, e.Verdict, want)
				}
				if text := strings.Join(got.Unmet(), "; "); (text != "") != (c.unmet != "") || !strings.Contains(text, c.unmet) {
					t.Errorf("unmet %q, want %q", text, c.unmet)
				}
				if c.unmet != "" && (e.Checks[0].Metric != "environment" || !strings.Contains(e.Checks[0].Why, c.unmet)) {
					t.Errorf("%+v", e.Checks[0])
				}
			}
		})
	}
}

// Every process has to have been measured as required, whichever came last.
func TestConditionsHoldOfEveryProcess(t *testing.T) {
	for odd := range 5 {
		p := wcet.Population{Name: "fast"}
		for k := range 5 {
			facts := map[string]float64{"fifo": 1}
			if k == odd {
				facts["fifo"] = 0
			}
			p.Latency = append(p.Latency, record.Series{Process: k, Facts: facts})
		}
		if fifo := factOf(p, "fifo"); fifo == nil || *fifo {
			t.Errorf("process %d had no real-time policy: %v", odd, fifo)
		}
		delete(p.Latency[odd].Facts, "fifo")
		if fifo := factOf(p, "fifo"); fifo != nil {
			t.Errorf("process %d did not say: %v", odd, *fifo)
		}
	}
}

// What this machine cannot measure is unsupported for that reason.
func TestUnavailableNeedsNoConditions(t *testing.T) {
	c := buildWith(t, "[require]\npolicy = \"fifo\"\n[profile.x]\nmatch = {}\n[profile.x.budget.gone]\np99 = \"1s\"\n", nil, nil)
	if c.Verdict != wcet.Unsupported || len(c.Unmet()) > 0 {
		t.Errorf("%s, %v", c.Verdict, c.Unmet())
	}
}

func TestRetry(t *testing.T) {
	require := "[require]\npolicy = \"fifo\"\n"
	// slow is measured as required, fast is not.
	mixed := "[budget.fast]\ncounts = {skipped = 5}\nrequire = {policy = \"fifo\"}\n[budget.slow]\ncounts = {skipped = %}\n"
	for name, c := range map[string]struct {
		text    string
		facts   map[string]float64
		earlier int
		retries int
		want    bool
	}{
		"unmet":               {require + keeps, nil, 0, 1, true},
		"unmet, again":        {require + keeps, nil, 1, 2, true},
		"unmet, no more":      {require + keeps, nil, 1, 1, false},
		"unmet, none allowed": {require + keeps, nil, 0, 0, false},
		"met":                 {require + keeps, map[string]float64{"fifo": 1}, 0, 3, false},
		"met and failed":      {require + breaks, map[string]float64{"fifo": 1}, 0, 3, false},
		"another one passed":  {strings.Replace(mixed, "%", "5", 1), nil, 0, 1, true},
		"another one failed":  {strings.Replace(mixed, "%", "4", 1), nil, 0, 3, false},
	} {
		got := buildWith(t, c.text, c.facts, nil, make([]Attempt, c.earlier)...)
		if got.Retry(c.retries) != c.want || len(got.Attempts) != c.earlier+1 {
			t.Errorf("%s: retry %v after %d attempts", name, got.Retry(c.retries), len(got.Attempts))
		}
	}
}

func TestAttemptJSON(t *testing.T) {
	c := buildWith(t, "[require]\npolicy = \"fifo\"\n"+keeps, map[string]float64{"fifo": 0}, nil, Attempt{Created: "before", Steal: 0.25, Verdict: wcet.Inconclusive})
	text, err := json.Marshal(c.Attempts)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"steal":0.25`, `"steal":null`, `"fifo":false`, `"gc_off":null`, `"unmet":["a process had no`, `"digest":"0a"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	var back []Attempt
	if err := json.Unmarshal(text, &back); err != nil || back[0].Steal != 0.25 || !math.IsNaN(back[1].Steal) || back[1].Conditions[0].Bench != "fast" {
		t.Errorf("%+v, %v", back, err)
	}
}

// A gate that fails its own test passes nothing.
func TestUnsoundGate(t *testing.T) {
	e := Evidence{Run: smallRun(), Catalogue: catalogue, Budgets: resolved(t, keeps)}
	for _, c := range []struct {
		test *SelfTest
		want wcet.Verdict
	}{{nil, wcet.Pass}, {&SelfTest{Sound: true}, wcet.Pass}, {&SelfTest{}, wcet.Inconclusive}} {
		e.SelfTest = c.test
		if got, err := Build(e); err != nil || got.Verdict != c.want || got.SelfTest != c.test {
			t.Errorf("%+v: %s, %v", c.test, got.Verdict, err)
		}
	}
}
