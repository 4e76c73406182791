package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/internal/testenv"
)

// interrupted is an app whose run is interrupted in its fourth round.
func interrupted(t *testing.T) (*app, context.Context) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	a := newTestApp()
	l := &inProcess{}
	l.fail = func(j campaign.Job) error {
		if j.Process == 3 {
			interrupt(errors.New("interrupt signal received"))
			return ctx.Err()
		}
		return nil
	}
	a.launch = l
	return a, ctx
}

// TestIncompleteRun: what an interrupted run has measured is kept, marked, readable,
// and never a pass.
func TestIncompleteRun(t *testing.T) {
	testenv.SkipInRaceRun(t)
	const breach = "[budget.\"today/ticker\"]\ncounts = { skipped = 0 }\n"
	inDir(t, map[string]string{"pass.toml": "[budget.\"loop/wake\"]\ncounts = { skipped = 0 }\n", "breach.toml": breach})
	a, ctx := interrupted(t)
	a.tryContext(ctx, "run", "--duration", "2s").want(t, exitError, "interrupt signal received; the 3120 samples until then are in rtbench-out/run.rtrun, marked incomplete")
	run, _, err := loadRun("rtbench-out/run.rtrun")
	if err != nil || run.Incomplete != "interrupt signal received" {
		t.Fatalf("%+v, %v", run, err)
	}
	a = newTestApp()
	o := a.try(t, "check", "rtbench-out/run.rtrun", "--budget", "pass.toml")
	o.want(t, exitOpen, "INCONCLUSIVE", "The run is incomplete, interrupt signal received")
	a.try(t, "check", "rtbench-out/run.rtrun", "--budget", "pass.toml", "--accept-incomplete").want(t, exitPass)
	a.try(t, "check", "rtbench-out/run.rtrun", "--budget", "breach.toml").want(t, exitBreach)
	a.try(t, "report", "rtbench-out/run.rtrun").want(t, exitPass)
	if page := listing(t)["rtbench-out/report.html"]; !strings.Contains(page, "<dt>Incomplete</dt><dd>interrupt signal received</dd>") {
		t.Error("the report does not say that the run is incomplete")
	}
	o = a.try(t, "fit", "rtbench-out/run.rtrun", "--bench", "loop/wake", "--json")
	var fit struct{ N int }
	if err := json.Unmarshal([]byte(o.stdout), &fit); err != nil || fit.N != 3*520 {
		t.Errorf("%v: %s", err, o.stdout)
	}
}

// TestIncompleteRunReplacesNothing: a whole run's file stays.
func TestIncompleteRunReplacesNothing(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	newTestApp().try(t, "run", "--duration", "2s").want(t, exitPass)
	whole := listing(t)["rtbench-out/run.rtrun"]
	a, ctx := interrupted(t)
	a.tryContext(ctx, "run", "--duration", "2s").want(t, exitError, "rtbench-out/run.partial.rtrun")
	if listing(t)["rtbench-out/run.rtrun"] != whole {
		t.Error("the whole run was replaced")
	}
	a, ctx = interrupted(t)
	a.tryContext(ctx, "certify", "--duration", "2s").want(t, exitError, "nothing was written")
}
