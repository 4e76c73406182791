package audio

import (
	"runtime/metrics"
	"sync"
)

// processCounter reads what the runtime counts for the whole process. It counts
// objects a span at a time, so a few small ones can show late.
type processCounter struct {
	mu      sync.Mutex
	samples []metrics.Sample // reused, so that reading allocates once
}

type processCounts struct{ allocs, pauses uint64 }

func (p *processCounter) read() (c processCounts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.samples == nil {
		p.samples = []metrics.Sample{
			{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/tiny/allocs:objects"},
			{Name: "/sched/pauses/total/gc:seconds"}, {Name: "/sched/pauses/total/other:seconds"},
		}
	}
	metrics.Read(p.samples)
	for _, s := range p.samples {
		switch s.Value.Kind() {
		case metrics.KindUint64:
			c.allocs += s.Value.Uint64()
		case metrics.KindFloat64Histogram:
			for _, n := range s.Value.Float64Histogram().Counts {
				c.pauses += n
			}
		}
	}
	return c
}
