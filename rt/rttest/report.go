package rttest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// worstShown is how many of the worst periods a report lists.
const worstShown = 5

// outlier is one of the worst periods of all processes.
type outlier struct {
	process int
	record.Outlier
}

// describe writes the verdict, a line a limit, and the worst periods: where they
// lie and why. A cluster of places is one event.
func describe(e wcet.Evaluation, pop wcet.Population) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Benchmark, e.Verdict)
	for _, c := range e.Checks {
		fmt.Fprintf(&b, "\n\t%-12s %s: upper limit %s, budget %s; %s", c.Metric, c.Verdict, quantity(c.Metric, c.Upper), quantity(c.Metric, c.Limit), c.Why)
	}
	samples := 0
	var worst []outlier
	for _, s := range pop.Latency {
		samples += len(s.Samples)
		for _, o := range s.Outliers {
			worst = append(worst, outlier{s.Process, o})
		}
	}
	slices.SortStableFunc(worst, func(a, b outlier) int { return cmp.Compare(b.Value, a.Value) })
	fmt.Fprintf(&b, "\n\tworst of %d periods in %d processes:", samples, len(pop.Latency))
	for _, o := range worst[:min(worstShown, len(worst))] {
		fmt.Fprintf(&b, "\n\t\t%v in process %d, period %d: %v", time.Duration(o.Value), o.process, o.Index, o.Cause)
	}
	return b.String()
}

// quantity prints a limit: a count as such, a latency with its unit.
func quantity(metric string, v float64) string {
	switch {
	case v != v:
		return "unknown"
	case strings.HasPrefix(metric, "count/"):
		return fmt.Sprint(v)
	}
	return time.Duration(v).String()
}
