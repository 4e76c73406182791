package report

import (
	"math"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/wcet/selftest"
)

func TestPageShowsTheGate(t *testing.T) {
	c, run := realistic(100)
	if page := html(t, c, run); strings.Contains(page, "<h2>The gate</h2>") {
		t.Error("a self-test that nobody made")
	}
	c.SelfTest = certificate.NewSelfTest("v1", 1, selftest.Result{
		Detect:      map[string]selftest.Detection{"delay": {Caught: 498, Runs: 500, CI: [2]float64{0.9856, 0.9995}}},
		FalseAlarms: selftest.FalseAlarms{Fails: 3, Runs: 500, CI: [2]float64{0.0012, 0.0174}},
		Sequential:  &selftest.Boundary{Runs: 10_000, Pass: 123, Fail: 45, PassCI: [2]float64{0.01, 0.02}, FailCI: [2]float64{0.003, 0.006}},
	})
	page := html(t, c, run)
	for _, want := range []string{"<h2>The gate</h2>", "delay", "FAIL 498", "98.6–100.0 %", "FAIL 3", "10,000", "PASS 123"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(page, "passes nothing") {
		t.Error("a sound gate is called unsound")
	}
	c.SelfTest.Sound = false
	if !strings.Contains(html(t, c, run), "passes nothing") {
		t.Error("an unsound gate is called sound")
	}
}

func TestPageShowsAttempts(t *testing.T) {
	c, run := realistic(100)
	met := certificate.Attempt{Created: "second", Digest: "22", Steal: 0.001, Conditions: []certificate.Condition{{Bench: "spsc/rtt"}}}
	c.Attempts = []certificate.Attempt{met}
	if strings.Contains(html(t, c, run), "<h2>Attempts</h2>") {
		t.Error("a single attempt under the right conditions needs no words")
	}
	unmet := certificate.Attempt{Created: "first", Digest: "11", Steal: math.NaN(), Conditions: []certificate.Condition{{Bench: "spsc/rtt", Unmet: []string{"the host took 9%"}}}}
	c.Attempts = []certificate.Attempt{unmet, met}
	page := html(t, c, run)
	for _, want := range []string{"<h2>Attempts</h2>", "1: first, run file 11; not judged: spsc/rtt: the host took 9%", "2: second, run file 22, 0.1 % of the CPU time stolen; judged"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	c.Attempts = c.Attempts[:1]
	if !strings.Contains(html(t, c, run), "not judged") {
		t.Error("the only attempt, not judged, is passed over")
	}
}
