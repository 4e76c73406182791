package compare

import (
	"cmp"
	"math"
	"slices"

	"github.com/memkit-go/memkit/rt/record"
)

// Row is one loop, measured once in each round.
type Row struct {
	Name string
	// Unavailable says why there is nothing.
	Unavailable string
	// Rounds in order; each is one fresh process.
	Rounds []record.Series
	sorted []float64
}

// Rows groups a run by loop, in the order of names. A loop of which the run has
// nothing is left out.
func Rows(run *record.Run, names []string) []*Row {
	var rows []*Row
	for _, name := range names {
		r := &Row{Name: name}
		for _, s := range run.Series {
			switch {
			case s.Name != name:
			case s.Unavailable != "":
				r.Unavailable = s.Unavailable
			default:
				r.Rounds = append(r.Rounds, s)
			}
		}
		if r.Unavailable == "" && len(r.Rounds) == 0 {
			continue
		}
		slices.SortStableFunc(r.Rounds, func(a, b record.Series) int { return cmp.Compare(a.Process, b.Process) })
		for _, s := range r.Rounds {
			for _, v := range s.Samples {
				r.sorted = append(r.sorted, float64(v))
			}
		}
		slices.Sort(r.sorted)
		rows = append(rows, r)
	}
	return rows
}

// Find is the row of that name, nil when it was not measured.
func Find(rows []*Row, name string) *Row {
	i := slices.IndexFunc(rows, func(r *Row) bool { return r.Name == name && len(r.sorted) > 0 })
	if i < 0 {
		return nil
	}
	return rows[i]
}

// N is how many activations woke, over all rounds.
func (r *Row) N() int { return len(r.sorted) }

// Mean is that of the latencies, NaN without any.
func (r *Row) Mean() float64 {
	sum := 0.0
	for _, v := range r.sorted {
		sum += v
	}
	return sum / float64(len(r.sorted))
}

// Max is the largest latency, NaN without any.
func (r *Row) Max() float64 {
	if len(r.sorted) == 0 {
		return math.NaN()
	}
	return r.sorted[len(r.sorted)-1]
}

// Quantile is the pool's p-quantile by linear interpolation (Hyndman & Fan 1996,
// type 7), NaN when fewer than one sample is expected beyond it: then the largest
// sample would pose as the quantile.
func (r *Row) Quantile(p float64) float64 {
	n := len(r.sorted)
	if float64(n)*(1-p) < 1-1e-9 {
		return math.NaN()
	}
	h := p * float64(n-1)
	i := int(h)
	if i+1 >= n {
		return r.sorted[n-1]
	}
	return r.sorted[i] + (h-float64(i))*(r.sorted[i+1]-r.sorted[i])
}

// Counters are summed over the rounds.
func (r *Row) Counters() map[string]float64 {
	sum := map[string]float64{}
	for _, s := range r.Rounds {
		for name, v := range s.Counters {
			sum[name] += v
		}
	}
	return sum
}

// Facts are the largest of each over the rounds.
func (r *Row) Facts() map[string]float64 {
	most := map[string]float64{}
	for _, s := range r.Rounds {
		for name, v := range s.Facts {
			if old, known := most[name]; !known || v > old {
				most[name] = v
			}
		}
	}
	return most
}

// Periods is how many activations were due, skipped ones included.
func (r *Row) Periods() int64 { return int64(r.Counters()["periods"]) }
