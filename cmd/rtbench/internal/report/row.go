package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/wcet"
)

// noLimit is shown where a benchmark was measured and no budget names it.
const noLimit = "no limit set"

// notMeasured is shown where this machine could not run a benchmark.
const notMeasured = "n/a"

// row is one benchmark as the summaries show it, before layout.
type row struct {
	bench *certificate.Bench
	// estimates and the upper limit in the benchmark's unit; NaN is undecided.
	p50, p99, limit, max, mean float64
	// today is the ratio to what users do now, NaN without one.
	today float64
	// floor is the ratio to a fixed benchmark of the same run, named floorName, where
	// there is no today; NaN without one.
	floor     float64
	floorName string
}

func newRow(b *certificate.Bench) row {
	r := row{bench: b, today: math.NaN(), floor: math.NaN(), mean: math.NaN()}
	r.p50 = at(b.Analysis, 0.5, estimate)
	r.p99 = at(b.Analysis, 0.99, estimate)
	r.limit = at(b.Analysis, 0.9999, upper)
	r.max = math.NaN()
	if a := b.Analysis; a != nil {
		r.mean = a.Mean
		if a.N > 0 {
			r.max = a.Max
		}
	}
	if name := today(b.Ratios); name != "" {
		r.today = b.Ratios[name]
	} else if name := fixedPeer(b.Ratios); name != "" {
		r.floor, r.floorName = b.Ratios[name], name
	}
	return r
}

// vsToday is the ratio to what users do now with the metric that it compares, or else
// to a fixed benchmark with its name.
func (r row) vsToday() string {
	switch {
	case finite(r.floor):
		return times(r.floor, nearest) + " " + r.floorName
	case !finite(r.today):
		return dash
	}
	return times(r.today, nearest) + " " + cmp.Or(r.bench.RatioOf, "mean")
}

// samples counts latencies or, where there are none, batches.
func samples(a *wcet.Analysis) int {
	if a.N == 0 {
		return a.Batches
	}
	return a.N
}

// batchOnly tells a benchmark that carries a mean and no quantiles.
func (r row) batchOnly() bool {
	a := r.bench.Analysis
	return a != nil && a.N == 0 && finite(a.Mean)
}

// verdict is the word of the last column.
func (r row) verdict() string {
	switch {
	case r.bench.Unavailable != "" || r.bench.Analysis == nil:
		return notMeasured
	case r.bench.Evaluation == nil:
		return noLimit
	default:
		return string(r.bench.Evaluation.Verdict)
	}
}

// uncertified tells a row that needs a reason and advice: everything with a
// budget that is no PASS, and what could not be measured.
func (r row) uncertified() bool {
	v := r.verdict()
	return v != string(wcet.Pass) && v != noLimit
}

// reasons says why the row is not certified and what to do, worst first.
func (r row) reasons() []string {
	switch r.verdict() {
	case notMeasured:
		if r.bench.Unavailable == "" {
			return []string{"the run file holds no samples of it"}
		}
		return []string{r.bench.Unavailable}
	case noLimit, string(wcet.Pass):
		return nil
	}
	var out []string
	for _, c := range worstFirst(r.bench.Evaluation.Checks) {
		if c.Verdict == wcet.Pass {
			continue
		}
		out = append(out, c.Metric+": "+why(c))
	}
	return out
}

// briefLength is about two lines of a page: an UNSUPPORTED check may list ten
// rejected hypotheses, and the first few say what to do.
const briefLength = 240

// brief cuts a long reason between two of its parts and says where the rest is.
func brief(s, rest string) string {
	if len(s) <= briefLength {
		return s
	}
	cut := strings.LastIndex(s[:briefLength], "; ")
	if cut <= 0 {
		cut = strings.LastIndex(s[:briefLength], " ")
	}
	if cut <= 0 {
		return s
	}
	return s[:cut] + rest
}

// why is a check's explanation; a certificate of another version may lack it.
func why(c wcet.Check) string {
	switch {
	case c.Why != "":
		return c.Why
	case c.Needed > 0:
		return "about " + count(c.Needed) + " more samples decide it"
	default:
		return string(c.Verdict)
	}
}

// severity orders verdicts: the gravest first.
func severity(v wcet.Verdict) int {
	return slices.Index([]wcet.Verdict{wcet.Fail, wcet.Unsupported, wcet.Inconclusive, wcet.Pass}, v)
}

func worstFirst(checks []wcet.Check) []wcet.Check {
	sorted := slices.Clone(checks)
	slices.SortStableFunc(sorted, func(a, b wcet.Check) int {
		return severity(a.Verdict) - severity(b.Verdict)
	})
	return sorted
}

// today picks the peer that stands for what a user does today: the first
// "today/" benchmark by name. Other peers are rivals, not today's practice.
func today(ratios map[string]float64) string {
	best := ""
	for name := range ratios {
		if strings.HasPrefix(name, "today/") && (best == "" || name < best) {
			best = name
		}
	}
	return best
}

// fixedPeer picks the first benchmark by name that is no rival: a loop in plain C, or
// a part of this benchmark measured alone.
func fixedPeer(ratios map[string]float64) string {
	best := ""
	for name := range ratios {
		if !strings.HasPrefix(name, "peer/") && (best == "" || name < best) {
			best = name
		}
	}
	return best
}

func estimate(q wcet.Quantile) float64 { return q.Estimate }
func upper(q wcet.Quantile) float64    { return q.Upper }

// at reads one field of the p-quantile, NaN where the analysis has none.
func at(a *wcet.Analysis, p float64, field func(wcet.Quantile) float64) float64 {
	if a == nil {
		return math.NaN()
	}
	for _, q := range a.Quantiles {
		if math.Abs(q.P-p) < 1e-9 {
			return field(q)
		}
	}
	return math.NaN()
}
