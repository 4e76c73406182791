package suite

import (
	"context"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

// cLoop is the strict loop's counterpart in C: the same policy, priority, CPU
// and process settings, and no Go on the thread.
func cLoop(ctx context.Context, d time.Duration) (record.Series, error) {
	const period = time.Millisecond
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		return record.Series{}, err
	}
	s, err := referenceAlone(ctx, process.LoopCPUs(), period, d)
	return s, firstOf(err, process.Close())
}

func referenceAlone(ctx context.Context, cpus []int, period, d time.Duration) (record.Series, error) {
	if len(cpus) == 0 {
		cpus = sampler.CPUs()
	}
	first := rt.Now() + int64(warmUp)
	reference, err := peer.StartReference(peer.ReferenceConfig{
		CPU: cpus[len(cpus)-1], Priority: rt.DefaultPriority,
		Start: first, Period: period,
		Stall: period / stallShare, Stalls: stallsMax,
		Samples: int(d / period),
	})
	if err != nil {
		return record.Series{}, err
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(first-rt.Now()) + d):
	}
	r := reference.Stop()
	if ctx.Err() != nil {
		return record.Series{}, ctx.Err()
	}
	return record.Series{
		Kind: record.Latency, Unit: "ns", Ops: 1, Period: int64(period),
		Samples: r.Latency,
		Counters: map[string]float64{
			"ops":     float64(len(r.Latency)),
			"periods": float64(r.Wakes + r.Skipped),
			"skipped": float64(r.Skipped),
			"stalls":  float64(len(r.Stalls)),
		},
	}, nil
}
