package campaign

import (
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

// NewRounds is a plan that measures every benchmark once a round, each for the
// same time in a fresh process. Round r starts with the rth benchmark, so that in
// as many rounds as there are benchmarks each one has every place.
func NewRounds(benches []bench.Benchmark, rounds int, each time.Duration) *Plan {
	p := &Plan{Config: Config{Benches: benches, Processes: rounds, Duration: time.Duration(rounds*len(benches)) * each}}
	for round := range rounds {
		for i := range benches {
			p.Jobs = append(p.Jobs, Job{
				Bench:   benches[(round+i)%len(benches)],
				Process: round,
				Params:  bench.Params{Duration: each, Seed: uint64(round) + 1},
			})
		}
	}
	return p
}
