package sampler

import "time"

const (
	// round is long compared with a scheduler tick (1 to 4 ms) and short compared with a
	// second: even the shortest useful duration, 0.2 s, has twenty.
	round = 10 * time.Millisecond
	// latencies a round: at 100 ns each they take 1% of it; 0.3 s gives the
	// 29,956 that p99.99 at 95% needs.
	latencies = 1000
	// batches a round: more than fit at 5 µs each.
	batches = 2000
	// samplesMax bounds each kind's samples in one process, 2 MiB of them. Five
	// processes then hold four times what p99.999 at 95% needs.
	samplesMax = 1 << 18
)

// Plan says how the samples are spread.
type Plan struct {
	// Rounds of length Round, back to back.
	Rounds int
	Round  time.Duration
	// Latencies and Batches are the most samples of each kind a round. Time left
	// after them is slept through.
	Latencies, Batches int
	// Ops is how many operations a batch has.
	Ops int
}

// NewPlan spreads samples over d, ops operations a batch.
func NewPlan(d time.Duration, ops int) Plan {
	p := Plan{Round: min(round, max(d, time.Millisecond)), Ops: ops}
	p.Rounds = max(1, int(d/p.Round))
	p.Latencies = max(1, min(latencies, samplesMax/p.Rounds))
	p.Batches = max(1, min(batches, samplesMax/p.Rounds))
	return p
}
