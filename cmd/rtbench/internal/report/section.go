package report

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/wcet"
)

// summary is one row of the table that comes first.
type summary struct {
	Name, Anchor            string
	N, P50, P99, Limit, Max string
	Mean                    string
	Today                   string
	Verdict                 badge
	Why                     []string
}

// section is one benchmark in full.
type section struct {
	summary
	Doc     string
	Figures []panel
	// Diagnostics show whether the fit may be relied on.
	Diagnostics []panel
	Quantiles   []quantileRow
	Checks      []checkRow
	Bounds      []boundRow
	Tests       []testRow
	Tail        []term
	Ratios      []term
	// RatioOf is the metric that ratios compare.
	RatioOf  string
	Counters []term
	// Facts are figures of one process that do not add up.
	Facts    []term
	Outliers []outlierRow
	Notes    []string
	// Open unfolds the evidence of a benchmark that is not certified.
	Open bool
}

// panel is one figure with its caption. A figure that cannot be drawn has
// words instead.
type panel struct {
	Title   string
	SVG     template.HTML
	Caption template.HTML
	Missing string
}

type quantileRow struct{ Name, Lower, Estimate, Upper string }

type checkRow struct {
	Metric, Limit, Lower, Estimate, Upper string
	Verdict                               badge
	Why                                   string
}

type boundRow struct {
	P, Method, Value, Upper string
	Supported               bool
	Reasons                 []string
	// Again stands for the same reasons as in the method's row before.
	Again bool
}

type testRow struct {
	Name, Meaning, Stat, P string
	Reject                 bool
}

type outlierRow struct{ Value, Process, Index, Cause string }

func newSection(r row, b bench) section {
	unit := b.Unit
	s := section{
		summary: summary{
			Name: b.Name, N: dash, Verdict: newBadge(r.verdict()),
			P50: quantity(r.p50, unit, nearest), P99: quantity(r.p99, unit, nearest),
			Limit: quantity(r.limit, unit, upward), Max: quantity(r.max, unit, upward),
			Mean:  quantity(r.mean, unit, nearest),
			Today: r.vsToday(),
		},
		Doc: b.Doc, RatioOf: b.RatioOf,
		Open: r.uncertified(),
	}
	s.Figures, s.Notes = panels(b)
	s.Diagnostics = diagnostics(b)
	for _, o := range b.outliers(keptOutliers) {
		s.Outliers = append(s.Outliers, newOutlierRow(o, unit))
	}
	if a := b.Analysis; a != nil {
		s.N = count(samples(a))
		s.addAnalysis(a, unit)
	}
	for _, reason := range r.reasons() {
		s.Why = append(s.Why, brief(reason, "; …"))
	}
	for _, name := range slices.Sorted(maps.Keys(b.Ratios)) {
		s.Ratios = append(s.Ratios, term{name, times(b.Ratios[name], nearest)})
	}
	if b.Evaluation != nil {
		for _, c := range worstFirst(b.Evaluation.Checks) {
			s.Checks = append(s.Checks, newCheckRow(c, unit, r.max))
		}
	}
	return s
}

func (s *section) addAnalysis(a *wcet.Analysis, unit string) {
	for _, q := range a.Quantiles {
		if a.N == 0 {
			break
		}
		s.Quantiles = append(s.Quantiles, quantileRow{
			quantileName(q.P), quantity(q.Lower, unit, downward),
			quantity(q.Estimate, unit, nearest), quantity(q.Upper, unit, upward),
		})
	}
	reasons := map[string][]string{}
	bounds := slices.Clone(a.Bounds)
	slices.SortStableFunc(bounds, func(a, b wcet.Bound) int { return cmp.Compare(b.P, a.P) })
	for _, b := range bounds {
		r := boundRow{
			P: chance(b.P), Method: b.Method, Value: possible(b.Value, a.Max, unit, nearest),
			Upper: possible(b.Upper, a.Max, unit, upward), Supported: b.Supported, Reasons: b.Reasons,
		}
		if r.Again = len(b.Reasons) > 0 && slices.Equal(b.Reasons, reasons[b.Method]); r.Again {
			r.Reasons = nil
		}
		reasons[b.Method] = b.Reasons
		s.Bounds = append(s.Bounds, r)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Hypotheses)) {
		h := a.Hypotheses[name]
		s.Tests = append(s.Tests, testRow{name, hypotheses[name], significant4(h.Stat), chance(h.P), h.Reject})
	}
	if t := a.Tail; t != nil {
		s.Tail = []term{
			{"threshold", quantity(t.Threshold, unit, nearest)},
			{"exceedances", count(t.Exceedances)},
			{"scale σ", quantity(t.Scale, unit, nearest)},
			{"shape ξ", fmt.Sprintf("%s (%s to %s)", shape(t.Shape), shape(t.ShapeLower), shape(t.ShapeUpper))},
		}
	}
	if a.N > 0 {
		s.Tail = append(s.Tail,
			term{"extremal index θ", shape(a.ExtremalIndex)},
			term{"effective samples", plain(math.Floor(a.NEff))},
		)
	}
	s.Counters, s.Facts = counters(a.Counters), counters(a.Facts)
	if a.WorstProcess {
		s.Notes = append(s.Notes, "Processes differ more than chance allows, so every limit here is the worst process's, not the pool's.")
	}
}

// hypotheses says what each test assumes, which is what a rejection refutes.
var hypotheses = map[string]string{
	"ljung-box":       "neighbouring samples are uncorrelated, lags 1–10",
	"ljung-box-20":    "neighbouring samples are uncorrelated, lags 1–20",
	"ljung-box-tail":  "exceedances do not follow each other",
	"runs":            "samples change sides of the median at random",
	"kpss":            "the level stays where it is",
	"kpss-tail":       "exceedances are as frequent late as early",
	"ks-halves":       "the first half is distributed like the second",
	"extremal-index":  "exceedances come one by one (θ = 1)",
	"between-process": "all processes are alike",
}

func shape(v float64) string {
	if !finite(v) {
		return dash
	}
	return fmt.Sprintf("%.3f", v)
}

func significant4(v float64) string {
	if !finite(v) {
		return dash
	}
	return fmt.Sprintf("%.4g", v)
}

func counters(m map[string]float64) (out []term) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, term{k, plain(m[k])})
	}
	return out
}

func newOutlierRow(o outlier, unit string) outlierRow {
	process := dash
	if o.known {
		process = count(o.process)
	}
	return outlierRow{quantity(float64(o.Value), unit, upward), process, count(int(o.Index)), causeText(o.Cause)}
}

// newCheckRow prints a check's numbers as its metric demands: a latency in the
// benchmark's unit, a ratio as a factor, a count plainly.
// largest is the largest sample, NaN where none is known.
func newCheckRow(c wcet.Check, unit string, largest float64) checkRow {
	show := func(v float64, r rounding) string { return possible(v, largest, unit, r) }
	limit := func(v float64) string { return tickQuantity(v, unit) }
	if family, _, _ := strings.Cut(c.Metric, "/"); family == "count" {
		show, limit = func(v float64, _ rounding) string { return plain(v) }, plain
	} else if family != c.Metric {
		show, limit = times, func(v float64) string { return trim(v) + "×" }
	}
	return checkRow{
		Metric: c.Metric, Limit: limit(c.Limit), Lower: show(c.Lower, downward),
		Estimate: show(c.Estimate, nearest), Upper: show(c.Upper, upward),
		Verdict: newBadge(string(c.Verdict)), Why: why(c),
	}
}
