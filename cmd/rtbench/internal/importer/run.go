package importer

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/record"
)

// Facts of an imported series, for those who judge it.
const (
	// OrderLost is 1 where the samples are not in measuring order.
	OrderLost = "order_lost"
	// Censored is how many samples are missing because they lay beyond a histogram.
	Censored = "censored"
	// Resolution is the step of the samples in nanoseconds.
	Resolution = "resolution_ns"
)

// MeanOps is how many operations a sample of a series of means covers.
const MeanOps = 1000

// Run converts the file to a run: each series is a process of the benchmark that it
// names, or of name where it has none.
func (f *File) Run(name string) (*record.Run, error) {
	scale, err := Nanoseconds(f.Unit)
	if err != nil {
		return nil, err
	}
	run := &record.Run{}
	process := map[string]int{}
	for _, s := range f.Series {
		if len(s.Values) == 0 {
			continue
		}
		r := record.Series{Name: s.Name, Kind: record.Latency, Unit: "ns", Ops: 1, Facts: map[string]float64{}}
		if s.Name == "" {
			r.Name = name
		}
		scale := scale
		if s.Means {
			// A sample of a thousand operations keeps the fractions of a nanosecond.
			r.Kind, r.Ops = record.Batch, MeanOps
			scale *= MeanOps
		}
		if !s.Ordered {
			r.Facts[OrderLost] = 1
		}
		if s.Censored > 0 {
			r.Facts[Censored] = float64(s.Censored)
		}
		if s.Resolution > 0 {
			r.Facts[Resolution] = s.Resolution * scale
		}
		r.Process = process[r.Name]
		process[r.Name]++
		r.Samples = make([]int64, len(s.Values))
		for i, v := range s.Values {
			if r.Samples[i], err = toNanoseconds(v, scale); err != nil {
				return nil, fmt.Errorf("sample %d: %w", i+1, err)
			}
		}
		run.Series = append(run.Series, r)
	}
	if len(run.Series) == 0 {
		return nil, fmt.Errorf("the file has no samples, only their number and extremes")
	}
	return run, nil
}
