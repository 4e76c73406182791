package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
)

// gate shows how often the gate that judged catches faults and raises false alarms.
type gate struct {
	Says string
	Rows []gateRow
}

type gateRow struct{ What, Count, Runs, Share string }

func newGate(t *certificate.SelfTest) *gate {
	if t == nil {
		return nil
	}
	g := &gate{Says: "Faults were injected into latencies of known quantiles, and each run was judged as the budgets here were."}
	if !t.Sound {
		g.Says += " The gate missed faults or raised false alarms, so that it passes nothing."
	}
	add := func(what, verdict string, n, runs int, ci [2]float64) {
		g.Rows = append(g.Rows, gateRow{what, verdict + " " + count(n), count(runs), fmt.Sprintf("%.1f–%.1f %%", 100*ci[0], 100*ci[1])})
	}
	for _, fault := range slices.Sorted(maps.Keys(t.Detect)) {
		d := t.Detect[fault]
		add(fault, "FAIL", d.Caught, d.Runs, d.CI)
	}
	add("nothing", "FAIL", t.FalseAlarms.Fails, t.FalseAlarms.Runs, t.FalseAlarms.CI)
	if s := t.Sequential; s != nil {
		add("nothing, budget at the truth, five looks", "FAIL", s.Fail, s.Runs, s.FailCI)
		add("the same", "PASS", s.Pass, s.Runs, s.PassCI)
	}
	return g
}

// attempts says of each attempt what it was measured under and whether it counts;
// nothing where a single one met all that was required, or nothing was.
func attempts(list []certificate.Attempt) (lines []string) {
	for i, a := range list {
		var unmet []string
		for _, c := range a.Conditions {
			for _, reason := range c.Unmet {
				unmet = append(unmet, c.Bench+": "+reason)
			}
		}
		line := fmt.Sprintf("%s, run file %s", a.Created, a.Digest)
		if finite(a.Steal) {
			line += fmt.Sprintf(", %.2g %% of the CPU time stolen", 100*a.Steal)
		}
		switch {
		case len(unmet) > 0:
			line += "; not judged: " + strings.Join(unmet, "; ")
		case len(list) == 1:
			return nil
		default:
			line += "; judged"
		}
		lines = append(lines, fmt.Sprintf("%d: %s", i+1, line))
	}
	return lines
}
