package wcet

import (
	"math/rand/v2"

	"github.com/memkit-go/memkit/rt/record"
)

// drawn is a population of processes that each draw n latencies.
func drawn(name string, processes, n int, draw func(rng *rand.Rand, process, i int) float64) Population {
	pop := Population{Name: name, Unit: "ns"}
	for p := range processes {
		rng := rand.New(rand.NewPCG(42, uint64(p)+1))
		s := record.Series{Name: name, Kind: record.Latency, Unit: "ns", Process: p, Ops: 1,
			Samples: make([]int64, n), Counters: map[string]float64{"skipped": float64(p % 2)}}
		for i := range s.Samples {
			s.Samples[i] = int64(draw(rng, p, i))
		}
		pop.Latency = append(pop.Latency, s)
	}
	return pop
}

// exponential latencies with a mean of scale ns.
func exponential(scale float64) func(*rand.Rand, int, int) float64 {
	return func(rng *rand.Rand, _, _ int) float64 { return scale * rng.ExpFloat64() }
}

// batches is a population of batch series, one mean cost per process.
func batches(name string, costs ...float64) Population {
	pop := Population{Name: name, Unit: "ns"}
	rng := rand.New(rand.NewPCG(7, 7))
	for p, cost := range costs {
		s := record.Series{Name: name, Kind: record.Batch, Unit: "ns", Process: p, Ops: 1000, Samples: make([]int64, 50)}
		for i := range s.Samples {
			s.Samples[i] = int64(1000 * cost * (1 + 0.01*rng.NormFloat64()))
		}
		pop.Batch = append(pop.Batch, s)
	}
	return pop
}

func pops(list ...Population) map[string]Population {
	m := map[string]Population{}
	for _, p := range list {
		m[p.Name] = p
	}
	return m
}
