package sampler

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// Replays is how often [MinOfReplays] times each operation. The machine
// disturbs a given operation in fewer than one replay in a hundred, so none is
// expected to be disturbed in all seven.
const Replays = 7

// ReplayLength is how many operations [MinOfReplays] can time within d, if one
// takes no more than 120 ns with the two clock readings around it.
func ReplayLength(d time.Duration) int {
	const slowest, least = 120 * time.Nanosecond, 1000
	return max(least, min(int(d/Replays/slowest), samplesMax))
}

// MinOfReplays calls once, which starts over and times each of n operations
// into dst, again and again; a sample is the least time of the same operation
// over the replays. What remains is the operation's own time in its own state,
// which no number of single measurements on a busy machine shows. The error is
// ctx's.
func MinOfReplays(ctx context.Context, n int, once func(dst []int64)) (Samples, error) {
	StartThreads()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer Pin(0)()
	best, now := touched(n), touched(n)
	once(best) // not counted: warms the caches

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	faults := Faults()
	for replay := range Replays {
		if ctx.Err() != nil {
			return Samples{}, ctx.Err()
		}
		once(now)
		for i, d := range now {
			if replay == 0 || d < best[i] {
				best[i] = d
			}
		}
	}
	faults = Faults() - faults
	runtime.ReadMemStats(&after)

	return Samples{Latency: best, Counters: map[string]float64{
		"ops":    float64(n * Replays),
		"allocs": float64(after.Mallocs - before.Mallocs),
		"faults": float64(faults),
	}, Facts: timerFact()}, nil
}

func timerFact() map[string]float64 { return map[string]float64{"timer_ns": TimerCost()} }

// TimerCost is the median of two successive [rt.Now]: the part of a latency
// sample that the clock itself takes.
func TimerCost() float64 {
	var d [1001]int64
	for i := range d {
		t := rt.Now()
		d[i] = rt.Now() - t
	}
	return float64(median(d[:]))
}
