package certificate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// keptOutliers is how many of a benchmark's largest samples a certificate lists.
const keptOutliers = 20

// Evidence is what a certificate is made from.
type Evidence struct {
	Run *record.Run
	// Digest is the SHA-256 of the run file.
	Digest string
	// Catalogue gives order, descriptions and peers.
	Catalogue []bench.Benchmark
	// Budgets to judge by; nil when there are none.
	Budgets *budget.Resolved
	// Earlier attempts at the same campaign, whose conditions were not as required.
	Earlier []Attempt
	// SelfTest of the gate; nil without.
	SelfTest *SelfTest
	// AcceptIncomplete lets an incomplete run pass.
	AcceptIncomplete bool
	// Version of the program that judges.
	Version string
}

// Build analyses every benchmark of a run and judges the budgets. It measures
// nothing, and the same evidence always gives the same certificate.
func Build(e Evidence) (*Certificate, error) {
	c := &Certificate{
		Schema:  Schema,
		Version: e.Version,
		Created: e.Run.Created,
		Command: e.Run.Command,
		Env:     e.Run.Env,
		Digest:  e.Digest,
		Verdict: wcet.Inconclusive,

		SelfTest:   e.SelfTest,
		Incomplete: e.Run.Incomplete,
	}
	populations := Populations(e.Run)
	c.Attempts = append(slices.Clone(e.Earlier), newAttempt(e, populations))
	for _, name := range e.order(populations) {
		b, err := e.bench(populations[name])
		if err != nil {
			return nil, err
		}
		c.Benches = append(c.Benches, b)
	}
	e.compare(c.Benches)
	if e.Budgets == nil {
		return c, nil
	}
	return c, e.judge(c, populations)
}

// Populations groups a run's series by benchmark.
func Populations(run *record.Run) map[string]wcet.Population {
	populations := map[string]wcet.Population{}
	for _, s := range run.Series {
		p := populations[s.Name]
		p.Name, p.Unit = s.Name, s.Unit
		if s.Kind == record.Batch {
			p.Batch = append(p.Batch, s)
		} else {
			p.Latency = append(p.Latency, s)
		}
		populations[s.Name] = p
	}
	return populations
}

// order lists the measured benchmarks: those of the catalogue in its order, then
// the others by name.
func (e Evidence) order(populations map[string]wcet.Population) []string {
	var names []string
	for name := range populations {
		names = append(names, name)
	}
	rank := func(name string) int {
		if i := slices.IndexFunc(e.Catalogue, func(b bench.Benchmark) bool { return b.Name == name }); i >= 0 {
			return i
		}
		return len(e.Catalogue)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	return names
}

func (e Evidence) described(name string) bench.Benchmark {
	for _, b := range e.Catalogue {
		if b.Name == name {
			return b
		}
	}
	return bench.Benchmark{Name: name}
}

// bench analyses one population.
func (e Evidence) bench(p wcet.Population) (Bench, error) {
	b := Bench{Name: p.Name, Doc: e.described(p.Name).Doc, Unit: p.Unit, Population: p}
	for _, s := range slices.Concat(p.Latency, p.Batch) {
		b.Outliers = append(b.Outliers, s.Outliers...)
		if s.Unavailable != "" {
			b.Unavailable = s.Unavailable
		}
	}
	slices.SortStableFunc(b.Outliers, func(a, b record.Outlier) int { return cmp.Compare(b.Value, a.Value) })
	b.Outliers = b.Outliers[:min(len(b.Outliers), keptOutliers)]
	if b.Unavailable != "" {
		return b, nil
	}
	options := e.options(p.Name)
	options.Targets = targets(p, options.Targets)
	analysis, err := wcet.Analyze(p, options)
	if err != nil {
		return b, fmt.Errorf("%s: %w", p.Name, err)
	}
	b.Analysis = analysis
	return b, nil
}

// options show a benchmark's limits at its budget's own confidence and target.
func (e Evidence) options(name string) wcet.Options {
	var o wcet.Options
	if e.Budgets == nil {
		return o
	}
	for _, b := range e.Budgets.Budgets {
		if b.Benchmark != name {
			continue
		}
		o.Confidence, o.Extrapolation = b.Confidence, b.Extrapolation
		if b.Exceedance != nil {
			o.Targets = []float64{b.Exceedance.P}
		}
	}
	return o
}

// mostExpected is how many samples a population holds beyond its most frequent
// target. A tail is fitted to fifty at least, so such a target lies in it.
const mostExpected = 50

// targets are the asked exceedance probability, or the default, and before it in
// frequency each decade that lies in the tail of p's samples, so that a report
// can draw the limit as a band. The asked one comes first: the analysis chooses
// the worst process by it.
func targets(p wcet.Population, asked []float64) []float64 {
	n := 0
	for _, s := range p.Latency {
		n += len(s.Samples)
	}
	if asked == nil {
		asked = []float64{wcet.DefaultTarget}
	}
	out := slices.Clone(asked)
	for exponent := 2; ; exponent++ {
		decade := math.Pow10(-exponent)
		if decade <= asked[0]*(1+1e-9) {
			return out
		}
		if decade*float64(n) <= mostExpected {
			out = append(out, decade)
		}
	}
}

// compare fills in the ratios to the peers that were measured in the same run.
func (e Evidence) compare(benches []Bench) {
	measured := map[string]*wcet.Analysis{}
	for _, b := range benches {
		measured[b.Name] = b.Analysis
	}
	for i := range benches {
		b := &benches[i]
		d := e.described(b.Name)
		for _, peer := range d.Peers {
			if b.Analysis == nil || measured[peer] == nil {
				continue
			}
			if b.Ratios == nil {
				b.Ratios, b.RatioOf = Ratios{}, d.RatioOf
			}
			b.Ratios[peer] = metric(b.Analysis, d.RatioOf) / metric(measured[peer], d.RatioOf)
		}
	}
}

// metric is what a ratio compares: "p99", or else the mean cost per operation.
func metric(a *wcet.Analysis, name string) float64 {
	if name != "p99" {
		return a.Mean
	}
	return quantile(a, .99)
}

// judge evaluates the budgets of the benchmarks that were measured as required and
// sums everything up.
func (e Evidence) judge(c *Certificate, populations map[string]wcet.Population) error {
	attempt := &c.Attempts[len(c.Attempts)-1]
	unmet := attempt.unmet()
	judged := slices.DeleteFunc(slices.Clone(e.Budgets.Budgets), func(b wcet.Budget) bool { return unmet[b.Benchmark] != nil })
	evaluations, err := wcet.EvaluateAt(judged, populations, e.Run.Look)
	if err != nil {
		return e.Budgets.Explain(err)
	}
	for i := range evaluations {
		withdraw(&evaluations[i], populations[evaluations[i].Benchmark])
	}
	attempt.Verdict = wcet.Overall(evaluations)
	for name, reasons := range unmet {
		evaluations = append(evaluations, notJudged(name, reasons))
	}
	for i := range evaluations {
		for k := range c.Benches {
			if c.Benches[k].Name == evaluations[i].Benchmark {
				c.Benches[k].Evaluation = &evaluations[i]
			}
		}
	}
	c.Profile, c.Unmatched = e.Budgets.Profile, e.Budgets.Unmatched
	c.Verdict = wcet.Overall(evaluations)
	if c.Verdict == wcet.Pass && (len(c.Unmatched) > 0 || c.SelfTest != nil && !c.SelfTest.Sound) {
		c.Verdict = wcet.Inconclusive
	}
	if c.Verdict == wcet.Pass && c.Incomplete != "" && !e.AcceptIncomplete {
		c.Verdict = wcet.Inconclusive
	}
	return nil
}

// notJudged is the evaluation of a benchmark that was not measured as required.
func notJudged(name string, reasons []string) wcet.Evaluation {
	nothing := math.NaN()
	return wcet.Evaluation{Benchmark: name, Verdict: wcet.Inconclusive, Checks: []wcet.Check{{
		Metric: "environment", Estimate: nothing, Lower: nothing, Upper: nothing, Limit: nothing,
		Verdict: wcet.Inconclusive, Why: "not judged: " + strings.Join(reasons, "; "),
	}}}
}

// quantile is the estimate of a listed quantile, NaN where there is none.
func quantile(a *wcet.Analysis, p float64) float64 {
	for _, q := range a.Quantiles {
		if q.P == p {
			return q.Estimate
		}
	}
	return math.NaN()
}
