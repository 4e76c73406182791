package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
)

func testPlan(t *testing.T, r *request) *campaign.Plan {
	t.Helper()
	plan, err := r.plan(testCatalogue())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestProgressBar(t *testing.T) {
	for name, plan := range map[string]*campaign.Plan{
		"timed": testPlan(t, &request{duration: 15 * time.Second}),
		"open":  testPlan(t, &request{argv: []string{"./my-loop"}}),
	} {
		var out bytes.Buffer
		p := &progress{w: &out, plan: plan, bar: newBar(&out, plan)}
		var elapsed time.Duration
		for i, job := range plan.Jobs {
			elapsed += job.Params.Duration
			p.show(campaign.Progress{Job: job, Number: i + 1, Of: len(plan.Jobs), Elapsed: elapsed, Finished: true})
		}
		p.close()
		for _, want := range []string{plan.Benches[0].Name + ", process 1 of 5", "20%", "█", "░"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is missing in %q", name, want, out.String())
			}
		}
	}
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	plan := testPlan(t, &request{duration: 15 * time.Second})
	p := newProgress(&out, plan)
	for i, job := range plan.Jobs {
		p.show(campaign.Progress{Job: job, Number: i + 1, Of: len(plan.Jobs)})
		p.show(campaign.Progress{Job: job, Number: i + 1, Of: len(plan.Jobs), Finished: true})
	}
	p.close()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[4], "round 5 of 5 done after") {
		t.Fatalf("%q", lines)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Fatalf("control characters in a log: %q", out.String())
	}
}

func TestSettingsCompare(t *testing.T) {
	before := settings{"governor": "performance", "smt": "off"}
	if got := before.compare(settings{"governor": "performance", "smt": "off"}); !strings.Contains(got, "all 2 machine settings are as they were") {
		t.Error(got)
	}
	if got := before.compare(settings{"governor": "powersave", "smt": "off"}); !strings.Contains(got, "governor was performance, is powersave") {
		t.Error(got)
	}
}
