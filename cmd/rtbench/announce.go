package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// setUpEstimate is what starting, warming up and ending one process takes on top
// of its share, on average over the catalogue.
const setUpEstimate = 200 * time.Millisecond

// announce says, before anything is measured, with which rights what will be
// measured, and how long that takes.
func (a *app) announce(p *result.Page, plan *campaign.Plan) {
	fingerprint := a.fingerprint()
	p.Entry("Machine", machine(fingerprint))
	p.Entry("Rights", fingerprint["rights"])
	if !a.caller.Ordinary() {
		p.Entry("Caller", "started as "+a.caller.String()+"; measured as an ordinary process that blocks no signal")
	}
	for _, line := range missing(a.inspect()) {
		p.Entry("Missing", line)
	}
	names := namesOf(plan.Benches)
	p.Entry("Measure", fmt.Sprintf("%d × %d fresh processes, interleaved: %s", len(names), plan.Processes, strings.Join(names, ", ")))
	if plan.Duration > 0 {
		total := plan.Duration + time.Duration(len(plan.Jobs))*setUpEstimate
		p.Entry("Time", fmt.Sprintf("%v of measuring, about %v in all; Ctrl-C stops cleanly", plan.Duration, total.Round(time.Second)))
	}
}

func announceBudgets(p *result.Page, b *budget.Resolved) {
	if b == nil {
		p.Entry("Budget", "none: no "+defaultBudget+" here, so nothing will be judged (docs/rtbench.toml is an example)")
		return
	}
	text := fmt.Sprintf("%s: limits on %s", b.File(), counted(len(b.Budgets), "benchmark"))
	switch {
	case b.Profile != "":
		text += ", profile " + b.Profile
	case len(b.Unmatched) > 0:
		text += "; no profile matches this machine"
	}
	if b.Retries > 0 {
		text += ", measured again at most " + counted(b.Retries, "time") + " if its conditions do not hold"
	}
	p.Entry("Budget", text)
}

// counted is "1 benchmark", "2 benchmarks".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
