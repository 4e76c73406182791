package wcet

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/evt"
	"github.com/memkit-go/memkit/wcet/internal/number"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// evidence is a population prepared for judging: samples sorted once, processes
// compared.
type evidence struct {
	name   string
	unit   string
	pooled *evt.Sample
	// each holds one sample per process, ordered by process, when the
	// between-process test rejects; bounds then are those of the worst.
	each      []*evt.Sample
	worst     bool
	processes int
	// counters summed over processes; facts the largest over processes.
	counters, facts map[string]float64
	// unavailable says why nothing was measured.
	unavailable string
	// frozen says which process measured nothing but equal times; empty where none
	// did.
	frozen  string
	latency []record.Series
	batch   []record.Series
	seed    uint64
	// fitted holds the tail of the pool, or of each process where they differ.
	fitted []*evt.Estimate
}

func newEvidence(pop Population, seed uint64) (*evidence, error) {
	ev := &evidence{name: pop.Name, unit: pop.Unit, seed: seed, counters: map[string]float64{}, facts: map[string]float64{}}
	parts, err := ev.collect(pop)
	if err != nil {
		return nil, err
	}
	ev.pooled = evt.NewSample(parts)
	ev.pooled.Unit = ev.unit
	if h := ev.pooled.Between(); h != nil && h.Reject {
		ev.worst, ev.each = true, ev.pooled.Split()
	}
	return ev, nil
}

// collect checks the series and returns the latency samples, one slice per
// process.
func (ev *evidence) collect(pop Population) ([][]float64, error) {
	seen := map[int]bool{}
	byProcess := func(a, b record.Series) int { return cmp.Compare(a.Process, b.Process) }
	ev.latency = slices.SortedStableFunc(slices.Values(pop.Latency), byProcess)
	ev.batch = slices.SortedStableFunc(slices.Values(pop.Batch), byProcess)
	counted := map[counter]bool{}
	var parts [][]float64
	for _, s := range ev.latency {
		if s.Unavailable != "" {
			ev.unavailable = s.Unavailable
			continue
		}
		seen[s.Process] = true
		if err := ev.count(s, counted); err != nil {
			return nil, err
		}
		part := make([]float64, len(s.Samples))
		for i, v := range s.Samples {
			if v < 0 {
				return nil, fmt.Errorf("wcet: %s: process %d, sample %d is %d %s: a latency cannot be negative; the clock or the import is at fault, measure again",
					pop.Name, s.Process, i, v, s.Unit)
			}
			part[i] = float64(v)
		}
		if len(part) > 0 {
			parts = append(parts, part)
		}
	}
	for _, s := range ev.batch {
		if s.Unavailable != "" {
			ev.unavailable = s.Unavailable
			continue
		}
		if s.Ops < 1 {
			return nil, fmt.Errorf("wcet: %s: process %d: a batch of %d operations: must be ≥1", pop.Name, s.Process, s.Ops)
		}
		seen[s.Process] = true
		if err := ev.count(s, counted); err != nil {
			return nil, err
		}
	}
	ev.processes = len(seen)
	ev.frozen = frozenClock(ev.latency)
	if ev.frozen == "" {
		ev.frozen = frozenClock(ev.batch)
	}
	if len(seen) == 0 && ev.unavailable == "" {
		return nil, fmt.Errorf("wcet: %s: no samples; measure it first", pop.Name)
	}
	return parts, nil
}

// frozenClock names a process whose samples are all equal: its clock stood still, or
// ticks too rarely for what it times, and then an upper limit within a budget says
// nothing. A limit that is exceeded all the same is exceeded.
func frozenClock(series []record.Series) string {
	for _, s := range series {
		if n := len(s.Samples); s.Unavailable == "" && n > 1 && slices.Min(s.Samples) == slices.Max(s.Samples) {
			return fmt.Sprintf("all %s samples of process %d are %s: its clock stood still, or its steps are too coarse; time with a finer clock, or several operations at once",
				number.Grouped(n), s.Process, number.Quantity(float64(s.Samples[0]), s.Unit))
		}
	}
	return ""
}

// counter names a count of one process.
type counter struct {
	process int
	name    string
}

// count adds the counters of a series, whose process may have repeated them in
// another one, and keeps the largest of each fact.
func (ev *evidence) count(s record.Series, counted map[counter]bool) error {
	for _, name := range slices.Sorted(maps.Keys(s.Counters)) {
		v := s.Counters[name]
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("wcet: %s: process %d counted %v %q: a count is finite and ≥0; the benchmark is at fault", s.Name, s.Process, v, name)
		}
		if key := (counter{s.Process, name}); !counted[key] {
			counted[key] = true
			ev.counters[name] += v
		}
	}
	for name, v := range s.Facts {
		if old, known := ev.facts[name]; !known || v > old {
			ev.facts[name] = v
		}
	}
	return nil
}

// mean is the cost per operation from the batch series, or the mean latency.
func (ev *evidence) mean() float64 {
	var sum, ops float64
	for _, s := range ev.batch {
		for _, v := range s.Samples {
			sum += float64(v)
		}
		ops += float64(len(s.Samples)) * float64(s.Ops)
	}
	if ops > 0 {
		return sum / ops
	}
	for _, part := range ev.pooled.Parts() {
		sum += stat.Mean(part) * float64(len(part))
	}
	return sum / float64(ev.pooled.N())
}

// limits are the order-statistic limits of the p-quantile: of the pool, or of
// the worst process where processes differ.
func (ev *evidence) limits(p, lowerConfidence, upperConfidence float64) Quantile {
	if !ev.worst {
		return quantileOf(ev.pooled, p, lowerConfidence, upperConfidence)
	}
	// Each lower limit is one of several looks; the upper ones all have to hold.
	lowerConfidence = 1 - (1-lowerConfidence)/float64(len(ev.each))
	q := Quantile{P: p, Estimate: math.Inf(-1), Lower: math.NaN(), Upper: math.Inf(-1)}
	for _, s := range ev.each {
		one := quantileOf(s, p, lowerConfidence, upperConfidence)
		q.Estimate = max(q.Estimate, one.Estimate)
		q.Upper = max(q.Upper, one.Upper)
		if !(one.Lower <= q.Lower) && !math.IsNaN(one.Lower) {
			q.Lower = one.Lower
		}
	}
	return q
}

// quantileOf estimates a quantile of one sample and its order-statistic limits.
func quantileOf(s *evt.Sample, p, lowerConfidence, upperConfidence float64) Quantile {
	q := Quantile{P: p, Estimate: s.Quantile(p)}
	q.Lower, q.Upper = s.Limits(p, lowerConfidence, upperConfidence)
	return q
}

// beyond is the p-value of "the p-quantile is at most limit", in the pool or in
// every process.
func (ev *evidence) beyond(p, limit float64) float64 {
	if !ev.worst {
		return ev.pooled.Beyond(p, limit)
	}
	least := 1.0
	for _, s := range ev.each {
		least = min(least, s.Beyond(p, limit)*float64(len(ev.each)))
	}
	return least
}

// orderBound is the distribution-free bound of the value exceeded with
// probability p: the maximum, where there are samples enough.
func (ev *evidence) orderBound(p, confidence float64) Bound {
	q := ev.limits(1-p, confidence, confidence)
	b := Bound{P: p, Value: q.Estimate, Upper: q.Upper, Method: "order-statistic", Supported: !math.IsNaN(q.Upper)}
	if !b.Supported {
		b.Reasons = []string{fmt.Sprintf("%d samples (%.0f effective) cannot bound it without a model; %d independent ones could",
			ev.pooled.N(), ev.pooled.Effective(), stat.SamplesFor(1-p, confidence))}
	}
	return b
}

// samples are what bounds rest on: the pool, or every process where they differ.
func (ev *evidence) samples() []*evt.Sample {
	if ev.worst {
		return ev.each
	}
	return []*evt.Sample{ev.pooled}
}

// tails fits the extreme-value models, once.
func (ev *evidence) tails() []*evt.Estimate {
	if ev.fitted == nil {
		for _, s := range ev.samples() {
			fit, err := s.Estimate(evt.Options{Seed: ev.seed})
			if err != nil {
				panic("wcet: the default options of a fit are refused: " + err.Error())
			}
			ev.fitted = append(ev.fitted, fit)
		}
	}
	return ev.fitted
}

// worstTail is the tail with the largest upper limit at p; one without a limit
// is worse than any.
func (ev *evidence) worstTail(p, confidence float64) *evt.Estimate {
	tails := ev.tails()
	worst, highest := tails[0], math.Inf(-1)
	for _, t := range tails {
		upper := t.Tail.Limit(p, confidence)
		if math.IsNaN(upper) {
			return t
		}
		if upper > highest {
			worst, highest = t, upper
		}
	}
	return worst
}

// tailBound is the extreme-value bound of the value exceeded with probability p.
// It is supported only if that of every tail is.
func (ev *evidence) tailBound(p, confidence, extrapolation float64) Bound {
	b := ev.worstTail(p, confidence).Bound(p, confidence, extrapolation)
	for _, t := range ev.tails() {
		other := t.Bound(p, confidence, extrapolation)
		if b.Supported && !other.Supported {
			b.Supported, b.Reasons = false, other.Reasons
		}
	}
	return b
}

// tailBeyond is the p-value of "the value exceeded with probability p is at most
// limit" under the fitted tails.
func (ev *evidence) tailBeyond(p, limit float64) float64 {
	least := 1.0
	for _, t := range ev.tails() {
		least = min(least, t.PValue(p, limit)*float64(len(ev.tails())))
	}
	return least
}

// tailLower is the lower confidence limit that goes with tailBeyond.
func (ev *evidence) tailLower(p, alpha float64) float64 {
	highest := math.Inf(-1)
	for _, t := range ev.tails() {
		if lower := t.Lower(p, alpha/float64(len(ev.tails()))); lower > highest {
			highest = lower
		}
	}
	return highest
}
