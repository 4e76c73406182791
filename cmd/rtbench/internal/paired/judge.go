package paired

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/rt/record"
)

const (
	// Confidence of the first batch's limits, two-sided. They only choose the
	// rows to measure again, and those that lie within the margin.
	Confidence = .95
	// Wrong is how often a whole comparison of equal sides may call any row worse or
	// better.
	Wrong = .01
	// MinRounds is the fewest rounds that the test of a first batch needs.
	MinRounds = 8
	// confirming is how rarely, one-sided, a second batch may show a difference by
	// chance, where few rows are compared.
	confirming = .05
)

// confirmingOf is that share for so many rows. A row of equal sides is called worse or
// better only where both batches show the same by chance: of m rows, 2m·first·second
// of the comparisons at most, which is held to Wrong.
func confirmingOf(rows int) float64 {
	return min(confirming, Wrong/float64(rows)/(1-Confidence))
}

// Options of a judgement. The zero value judges every metric by its own margin.
type Options struct {
	// Margins are the relative differences that do not matter, by metric.
	Margins map[string]float64
	// Metrics that are judged; empty means all.
	Metrics []string
}

func (o Options) margin(m Metric) float64 {
	if v, set := o.Margins[m.Name]; set {
		return v
	}
	return m.Margin
}

// Judge compares the sides of one batch of rounds. A difference is a suspicion until
// [Confirm] has judged a second batch. It is an error when a side lacks a benchmark
// that the other has.
func Judge(a, b []record.Series, o Options) ([]*Row, error) {
	return judge(a, b, o, func(r *Row, a, b []record.Series) {
		r.Batches = []Batch{pairs(r.metric, a, b, Confidence)}
	})
}

// JudgeRuns compares two runs that were not measured in the same rounds. It finds no
// row worse or better.
func JudgeRuns(a, b []record.Series, o Options) ([]*Row, error) {
	rows, err := judge(a, b, o, func(r *Row, a, b []record.Series) {
		r.Batches = []Batch{groups(r.metric, a, b, Confidence)}
	})
	for _, r := range rows {
		if r.suspected() {
			r.Verdict = Unconfirmed
			r.Why = "the runs were not measured in the same rounds, so what differs may be the machine; compare the programs themselves"
		}
	}
	return rows, err
}

func judge(a, b []record.Series, o Options, measure func(*Row, []record.Series, []record.Series)) ([]*Row, error) {
	inA, inB := byName(a), byName(b)
	if err := sameBenches(inA, inB, names(a), names(b)); err != nil {
		return nil, err
	}
	var rows []*Row
	for _, name := range names(a) {
		if why := unavailable(inA[name], inB[name]); why != "" {
			return nil, fmt.Errorf("%s cannot be measured here: %s", name, why)
		}
		n := len(rows)
		for _, m := range Metrics {
			if len(o.Metrics) > 0 && !slices.Contains(o.Metrics, m.Name) {
				continue
			}
			if !slices.ContainsFunc(inA[name], func(s record.Series) bool { return s.Kind == m.Kind }) {
				continue
			}
			r := &Row{Bench: name, Metric: m.Name, Unit: inA[name][0].Unit, Margin: o.margin(m), metric: m}
			measure(r, inA[name], inB[name])
			if len(r.Batches[0].A) == 0 || len(r.Batches[0].B) == 0 {
				if frozen(inA[name], m) || frozen(inB[name], m) {
					return nil, fmt.Errorf("%s: every sample is 0: its clock stands still; measure with a finer one", name)
				}
				continue
			}
			r.conclude(0)
			rows = append(rows, r)
		}
		if len(rows) == n {
			return nil, fmt.Errorf("%s: no round has samples of both sides to compare", name)
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("nothing to compare: no side has any samples")
	}
	return rows, nil
}

// Suspects are the benchmarks of which a difference was found that is not confirmed.
func Suspects(rows []*Row) (names []string) {
	for _, r := range rows {
		if r.suspected() && !slices.Contains(names, r.Bench) {
			names = append(names, r.Bench)
		}
	}
	return names
}

// Rounds is how many rounds a second batch needs: those of the first, and enough for
// the confidence that so many rows ask for.
func Rounds(rows []*Row, first int) int {
	return max(first, 3-int(math.Floor(math.Log2(confirmingOf(len(rows))))))
}

// Confirm judges the suspected rows by a second, fresh batch, by its rounds alone. A
// comparison of equal sides calls any of its rows worse or better in one of a hundred
// cases at most.
func Confirm(rows []*Row, a, b []record.Series) error {
	inA, inB := byName(a), byName(b)
	confidence := 1 - 2*confirmingOf(len(rows))
	for _, r := range rows {
		if !r.suspected() {
			continue
		}
		first := r.Verdict
		second := pairs(r.metric, inA[r.Bench], inB[r.Bench], confidence)
		if len(second.A) == 0 {
			return fmt.Errorf("%s: the second batch has no samples of %s", r.Bench, r.Metric)
		}
		r.Batches = append(r.Batches, second)
		r.conclude(1)
		switch r.Verdict {
		case first:
			r.Confirmed = true
			r.Why = fmt.Sprintf("found in %d rounds and confirmed in %d fresh ones", len(r.Batches[0].A), len(second.A))
		case Equivalent:
			r.Why = "a first batch differed, the second one lies within the margin"
		default:
			r.Verdict = Inconclusive
			r.Why = "a first batch differed, and a second one does not confirm it; measure more rounds"
		}
	}
	return nil
}

// suspected is true for a difference that is not confirmed.
func (r *Row) suspected() bool {
	return (r.Verdict == Worse || r.Verdict == Better) && !r.Confirmed
}

// conclude takes the verdict from a batch.
func (r *Row) conclude(batch int) {
	b := r.Batches[batch]
	r.A, r.B = median(b.A), median(b.B)
	r.Effect, r.Lower, r.Upper = b.Effect, b.Lower, b.Upper
	switch {
	case r.Lower >= -r.Margin && r.Upper <= r.Margin:
		r.Verdict = Equivalent
		r.Why = "the whole interval lies within the margin"
	case r.Lower > 0:
		r.Verdict = Worse
	case r.Upper < 0:
		r.Verdict = Better
	case math.IsInf(r.Lower, 0):
		r.Verdict, r.Why = Inconclusive, fmt.Sprintf("%d and %d processes are too few; measure at least %d of each side", len(b.A), len(b.B), MinRounds)
	default:
		r.Verdict, r.Why = Inconclusive, "the interval holds no difference as well as more than the margin; measure more rounds, or longer ones, or widen --margin"
	}
}

// pairs compares the rounds that both sides measured.
func pairs(m Metric, a, b []record.Series, confidence float64) Batch {
	of := map[int]float64{}
	for _, s := range a {
		if v := m.figure(s); v > 0 {
			of[s.Process] = v
		}
	}
	batch := Batch{Confidence: confidence}
	var d []float64
	for _, s := range b {
		v, paired := of[s.Process]
		if w := m.figure(s); w > 0 && paired {
			batch.A, batch.B = append(batch.A, v), append(batch.B, w)
			d = append(d, math.Log(w/v))
		}
	}
	batch.relative(signed(d, confidence))
	return batch
}

// groups compares the processes of two runs.
func groups(m Metric, a, b []record.Series, confidence float64) Batch {
	batch := Batch{A: m.figures(a), B: m.figures(b), Confidence: confidence}
	batch.relative(rankSum(logs(batch.A), logs(batch.B), confidence))
	return batch
}

// relative takes an interval of logarithms.
func (b *Batch) relative(i interval) {
	b.Effect, b.Lower, b.Upper = math.Expm1(i.effect), math.Inf(-1), math.Expm1(i.upper)
	if !math.IsInf(i.lower, -1) {
		b.Lower = math.Expm1(i.lower)
	}
}

// parts is into how many a single ordered process is cut.
const parts = 10

// figures are those of each process. A benchmark with a single process gives its
// blocks' means one by one, or its samples in ten parts: then differences between
// processes do not show, which is one of the reasons why two runs confirm nothing.
func (m Metric) figures(series []record.Series) (figures []float64) {
	var own []record.Series
	for _, s := range series {
		if s.Kind == m.Kind {
			own = append(own, s)
		}
	}
	if len(own) == 1 {
		own = cut(own[0])
	}
	for _, s := range own {
		if v := m.figure(s); v > 0 {
			figures = append(figures, v)
		}
	}
	return figures
}

func cut(s record.Series) (pieces []record.Series) {
	n := min(parts, len(s.Samples))
	if s.Kind == record.Batch {
		n = min(len(s.Samples), maxMeans)
	}
	for i := range n {
		p := s
		p.Samples = s.Samples[i*len(s.Samples)/n : (i+1)*len(s.Samples)/n]
		pieces = append(pieces, p)
	}
	return pieces
}

// maxMeans bounds the differences of two runs: their distribution is exact.
const maxMeans = 50

func logs(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Log(v)
	}
	return y
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

func byName(series []record.Series) map[string][]record.Series {
	m := map[string][]record.Series{}
	for _, s := range series {
		m[s.Name] = append(m[s.Name], s)
	}
	return m
}

// names in the order in which they come first.
func names(series []record.Series) (names []string) {
	seen := map[string]bool{}
	for _, s := range series {
		if !seen[s.Name] {
			seen[s.Name] = true
			names = append(names, s.Name)
		}
	}
	return names
}

// sameBenches refuses a comparison that would leave a benchmark out in silence.
func sameBenches(inA, inB map[string][]record.Series, ofA, ofB []string) error {
	only := func(names []string, other map[string][]record.Series) (missing []string) {
		for _, n := range names {
			if len(other[n]) == 0 {
				missing = append(missing, n)
			}
		}
		return missing
	}
	a, b := only(ofA, inB), only(ofB, inA)
	if len(a)+len(b) == 0 {
		return nil
	}
	var text []string
	if len(a) > 0 {
		text = append(text, "only A has "+strings.Join(a, ", "))
	}
	if len(b) > 0 {
		text = append(text, "only B has "+strings.Join(b, ", "))
	}
	return fmt.Errorf("the sides have different benchmarks: %s; a benchmark that was renamed or removed cannot be compared, select those that both have", strings.Join(text, "; "))
}

// frozen reports whether there are samples and all of them are 0.
func frozen(series []record.Series, m Metric) bool {
	n := 0
	for _, s := range series {
		if s.Kind != m.Kind {
			continue
		}
		n += len(s.Samples)
		if slices.ContainsFunc(s.Samples, func(v int64) bool { return v != 0 }) {
			return false
		}
	}
	return n > 0
}

func unavailable(groups ...[]record.Series) string {
	for _, g := range groups {
		for _, s := range g {
			if s.Unavailable != "" {
				return s.Unavailable
			}
		}
	}
	return ""
}
