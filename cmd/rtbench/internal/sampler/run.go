package sampler

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// Subject is the operation to measure.
type Subject struct {
	// Batch runs [Plan.Ops] operations. Nil: they mean nothing in a row.
	Batch func()
	// Latency times len(dst) operations one by one, an [rt.Now] on either side.
	// Nil: the operation means nothing alone.
	Latency func(dst []int64)
	// Plain measures as an ordinary program runs: collector on, goroutine free
	// to move. Otherwise the collector is off and the thread keeps one CPU.
	Plain bool
}

// chunk is how many latencies are taken between two looks at the clock.
const chunk = 50

// Run measures s. The error is ctx's.
func (p Plan) Run(ctx context.Context, s Subject) (Samples, error) {
	StartThreads()
	if !s.Plain {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		defer Pin(0)()
	}
	r := recording{plan: p, subject: s}
	r.latency, r.batch = p.Buffers()
	r.warm()

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	faults := Faults()
	end := rt.Now()
	for range p.Rounds {
		if ctx.Err() != nil {
			return Samples{}, ctx.Err()
		}
		begin := max(end, rt.Now())
		end = begin + int64(p.Round)
		r.warm()
		r.latencies(begin + int64(p.Round)/2)
		r.batches(end)
		if left := end - rt.Now(); left > 0 {
			Sleep(time.Duration(left))
		}
	}
	faults = Faults() - faults
	runtime.ReadMemStats(&after)

	counters := map[string]float64{
		"ops":    float64(r.nl) + float64(r.nb)*float64(p.Ops),
		"allocs": float64(after.Mallocs - before.Mallocs),
	}
	if !s.Plain { // else the thread may have changed
		counters["faults"] = float64(faults)
	}
	return Samples{Latency: r.latency[:r.nl], Batch: r.batch[:r.nb], Counters: counters, Facts: timerFact()}, nil
}

// recording is a plan on its way.
type recording struct {
	plan           Plan
	subject        Subject
	latency, batch []int64
	nl, nb         int // filled
}

// warm fetches back into the caches what the pause before threw out.
func (r *recording) warm() {
	if r.subject.Batch != nil {
		r.subject.Batch()
	}
}

// latencies takes a round's latencies, as many as there is time for.
func (r *recording) latencies(until int64) {
	if r.subject.Latency == nil {
		return
	}
	for quota := r.plan.Latencies; quota > 0 && rt.Now() < until; {
		n := min(chunk, quota)
		r.subject.Latency(r.latency[r.nl : r.nl+n])
		r.nl, quota = r.nl+n, quota-n
	}
}

// batches takes a round's batches: at least one, and as many as there is time
// for.
func (r *recording) batches(until int64) {
	if r.subject.Batch == nil {
		return
	}
	for range r.plan.Batches {
		t := rt.Now()
		r.subject.Batch()
		now := rt.Now()
		r.batch[r.nb] = now - t
		r.nb++
		if now >= until {
			return
		}
	}
}

func median(d []int64) int64 {
	slices.Sort(d)
	return d[len(d)/2]
}
