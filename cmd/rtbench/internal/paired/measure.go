package paired

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/rt/record"
)

// Plan says what to measure.
type Plan struct {
	// Jobs are what one process measures: a benchmark, a program, a package.
	Jobs []bench.Benchmark
	// Rounds, each with one process of every job on either side.
	Rounds int
	// Each is how long a process measures; 0 where it ends by itself.
	Each time.Duration
	// First numbers the first round: a second batch continues the first.
	First int
	// Seed of the coins.
	Seed uint64
	// Done, when set, is called after each round.
	Done func(round int)
}

// Measure runs the plan and returns the series of either side, A first. It stops at
// the first process that fails, or when ctx ends.
func (p *Plan) Measure(ctx context.Context, a, b campaign.Launcher) (sides [2][]record.Series, err error) {
	coin := rand.New(rand.NewPCG(p.Seed, uint64(p.First)))
	started := time.Now()
	for round := p.First; round < p.First+p.Rounds; round++ {
		for i := range p.Jobs {
			job := campaign.Job{
				Bench:   p.Jobs[(round+i)%len(p.Jobs)],
				Process: round,
				Params:  bench.Params{Duration: p.Each, Seed: uint64(round) + 1},
			}
			begins := coin.IntN(2)
			for _, side := range [2]int{begins, 1 - begins} {
				launched := time.Since(started)
				series, err := [2]campaign.Launcher{a, b}[side].Launch(ctx, job)
				if err != nil {
					return sides, fmt.Errorf("%s, round %d, side %s: %w", job.Bench.Name, round+1, sideNames[side], err)
				}
				for k := range series {
					series[k].Process, series[k].Start = round, launched.Nanoseconds()
				}
				sides[side] = append(sides[side], series...)
			}
		}
		if p.Done != nil {
			p.Done(round)
		}
	}
	return sides, ctx.Err()
}

var sideNames = [2]string{"A", "B"}
