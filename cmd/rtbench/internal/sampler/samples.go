package sampler

import "github.com/memkit-go/memkit/rt/record"

// Samples are what one run of a plan gave.
type Samples struct {
	// Latency and Batch in nanoseconds, in measuring order.
	Latency, Batch []int64
	// Counters hold "ops", "allocs" and whatever the benchmark adds.
	// "ops" counts the operations behind the samples, "allocs" the heap
	// allocations of the whole process while it measured.
	Counters map[string]float64
	// Facts hold "timer_ns" and whatever the benchmark adds: figures that say
	// nothing when added up.
	Facts map[string]float64
}

// Series puts the samples into run-file form: one series of each kind that has
// samples, each with all the counters and facts.
func (s Samples) Series(name string, ops int) []record.Series {
	var out []record.Series
	add := func(kind record.Kind, ops int, samples []int64) {
		if len(samples) > 0 {
			out = append(out, record.Series{Name: name, Kind: kind, Unit: "ns", Ops: ops, Counters: s.Counters, Facts: s.Facts, Samples: samples})
		}
	}
	add(record.Latency, 1, s.Latency)
	add(record.Batch, ops, s.Batch)
	return out
}

// Buffers are the plan's sample arrays, every page touched.
func (p Plan) Buffers() (latency, batch []int64) {
	return touched(p.Rounds * p.Latencies), touched(p.Rounds * p.Batches)
}

func touched(n int) []int64 {
	s := make([]int64, n)
	for i := range s {
		s[i] = 1
	}
	return s
}
