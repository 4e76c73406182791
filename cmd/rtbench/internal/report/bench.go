package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// bench is one benchmark with the samples behind it.
type bench struct {
	*certificate.Bench
	*sample
	run *clock
}

// newBench takes the samples from the certificate, or from the run where the
// certificate was read back from a file and carries none.
func newBench(b *certificate.Bench, run *record.Run) bench {
	p := b.Population
	if len(p.Latency) == 0 && run != nil {
		p = populationOf(run, b.Name)
	}
	return bench{b, newSample(p), newClock(run)}
}

func populationOf(run *record.Run, name string) wcet.Population {
	p := wcet.Population{Name: name}
	for _, s := range run.Series {
		if s.Name == name && s.Kind == record.Latency {
			p.Latency = append(p.Latency, s)
		}
	}
	return p
}

// tailBounds are the extreme-value bounds that a figure can show, the most
// frequent exceedance first.
func (b bench) tailBounds() (bounds []wcet.Bound) {
	if b.Analysis == nil {
		return nil
	}
	for _, bound := range b.Analysis.Bounds {
		if isTailBound(bound) {
			bounds = append(bounds, bound)
		}
	}
	slices.SortFunc(bounds, func(a, b wcet.Bound) int { return cmp.Compare(b.P, a.P) })
	return bounds
}

// tailSupported reports whether the evidence supports any bound of the fitted tail.
func (b bench) tailSupported() bool {
	return slices.ContainsFunc(b.tailBounds(), func(bound wcet.Bound) bool { return bound.Supported })
}

// hasQuantileLimits reports whether any quantile has an upper limit to draw.
func (b bench) hasQuantileLimits() bool {
	return b.Analysis != nil && slices.ContainsFunc(b.Analysis.Quantiles, limited)
}

func isTailBound(b wcet.Bound) bool {
	return strings.HasPrefix(b.Method, "gpd") && b.P > 0 && b.P < 1 && finite(b.Value) && b.Upper >= b.Value
}

// outlier is one of the largest samples and the process that saw it.
type outlier struct {
	record.Outlier
	process int
	known   bool
}

// keptOutliers bounds a benchmark's table of outliers.
const keptOutliers = 12

// outliers are the at most n largest samples of all processes, largest first.
func (b bench) outliers(n int) (out []outlier) {
	for _, s := range b.processes {
		for _, o := range s.Outliers {
			out = append(out, outlier{o, s.Process, true})
		}
	}
	if len(out) == 0 {
		for _, o := range b.Outliers {
			out = append(out, outlier{Outlier: o})
		}
	}
	slices.SortStableFunc(out, func(a, b outlier) int { return cmp.Compare(b.Value, a.Value) })
	return out[:min(len(out), n)]
}

// causes name the bits of a record.Cause, each in a reader's words.
var causes = []struct {
	bit  record.Cause
	name string
}{
	{record.Steal, "stolen by the host"},
	{record.Fault, "page fault"},
	{record.Switch, "another thread took the CPU"},
	{record.Interrupted, "interrupted by a signal"},
	{record.LostP, "lost the Go processor"},
	{record.StoppedWorld, "stop-the-world"},
	{record.Throttled, "real-time throttling"},
	{record.Overrun, "previous step overran"},
}

func causeText(c record.Cause) string {
	var names []string
	for _, known := range causes {
		if c&known.bit != 0 {
			names = append(names, known.name)
			c &^= known.bit
		}
	}
	if c != 0 {
		names = append(names, "other")
	}
	if len(names) == 0 {
		return "unattributed (kernel or host)"
	}
	return strings.Join(names, ", ")
}
