package peer

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
)

// tiny is long enough for two rounds.
var tiny = sampler.NewPlan(20*time.Millisecond, 100)

// check accepts well-formed samples or a reason why there are none.
func check(t *testing.T, s sampler.Samples, err error) {
	t.Helper()
	if errors.Is(err, bench.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Batch) < tiny.Rounds {
		t.Errorf("%d batches in %d rounds", len(s.Batch), tiny.Rounds)
	}
	for _, d := range append(s.Batch, s.Latency...) {
		if d < 0 {
			t.Fatalf("a sample of %d ns", d)
		}
	}
	if want := float64(len(s.Latency) + len(s.Batch)*tiny.Ops); s.Counters["ops"] != want {
		t.Errorf("counter ops is %g, the samples cover %g", s.Counters["ops"], want)
	}
	if s.Facts["timer_ns"] <= 0 {
		t.Errorf("fact timer_ns is %g", s.Facts["timer_ns"])
	}
}

func TestMallocTraceReplaysTheSameBytes(t *testing.T) {
	tr := alloctrace.Fixed(5000)
	s, err := MallocTrace(Libc, tr, tiny)
	check(t, s, err)
	if got := s.Facts["trace_digest"]; got != float64(tr.Digest()) {
		t.Errorf("C saw a trace with digest %#x, Go made %#x", uint32(got), tr.Digest())
	}
}

// TestAllocatorsInC runs each of them; those of libraries only where they are there.
func TestAllocatorsInC(t *testing.T) {
	tr := alloctrace.Fixed(10_000)
	for name, m := range map[string]Malloc{"libc": Libc, "mimalloc": Mimalloc, "jemalloc": Jemalloc, "good-fit": GoodFitInC, "half-fit": HalfFitInC} {
		t.Run(name, func(t *testing.T) {
			s, err := MallocTrace(m, tr, tiny)
			check(t, s, err)
			if s.Facts["trace_digest"] != float64(tr.Digest()) {
				t.Errorf("C replayed another trace")
			}
			s, err = MallocPair(m, 256, tiny)
			check(t, s, err)
		})
	}
}

func TestMallocPair(t *testing.T) {
	s, err := MallocPair(Libc, 256, tiny)
	check(t, s, err)
}

func TestQueue(t *testing.T) {
	for name, run := range map[string]func(context.Context, int, sampler.Plan) (sampler.Samples, error){
		"round trip": QueueRoundTrip, "throughput": QueueThroughput,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := run(t.Context(), 64, tiny)
			check(t, s, err)
		})
	}
}

func TestModerncTrace(t *testing.T) {
	s, err := ModerncTrace(t.Context(), alloctrace.Fixed(5000), tiny)
	check(t, s, err)
}

func TestModerncPair(t *testing.T) {
	s, err := ModerncPair(t.Context(), 256, tiny)
	check(t, s, err)
}

func TestXsyncRoundTrip(t *testing.T) {
	s, err := XsyncRoundTrip(t.Context(), 64, tiny)
	check(t, s, err)
}

func TestXsyncThroughput(t *testing.T) {
	for _, run := range []func(context.Context, int, sampler.Plan) (sampler.Samples, error){XsyncSPSC, XsyncMPMC} {
		s, err := run(t.Context(), 64, tiny)
		check(t, s, err)
	}
}

func TestCancelledRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ModerncPair(ctx, 256, sampler.NewPlan(time.Hour, 100)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestReferenceWakesOnTime(t *testing.T) {
	cpus := sampler.CPUs()
	var r ReferenceReport
	// A busy machine may keep it from waking for all of a short time.
	for busy := 10 * time.Millisecond; r.Wakes < 2; busy *= 10 {
		reference, err := StartReference(ReferenceConfig{
			CPU: cpus[len(cpus)-1], Priority: 20,
			Start: rt.Now() + int64(time.Millisecond), Period: time.Millisecond,
			Stall: time.Nanosecond, Samples: 1000, Stalls: 2,
		})
		if errors.Is(err, bench.ErrUnavailable) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		for end := rt.Now() + int64(busy); rt.Now() < end; {
		}
		r = reference.Stop()
		if int(r.Wakes) < len(r.Latency) || r.Wakes < 2 && busy >= 10*time.Second {
			t.Fatalf("%d wakes and %d samples in %v", r.Wakes, len(r.Latency), busy)
		}
	}
	for _, late := range r.Latency {
		if late < 0 {
			t.Errorf("woke %d ns early", -late)
		}
	}
	if len(r.Stalls) != 2 || r.Stalls[0].To < r.Stalls[0].From {
		t.Errorf("stalls %v, want two, each ending after it began: every wake is later than 1 ns", r.Stalls)
	}
}

func TestReferenceRefusesAnUnknownCPU(t *testing.T) {
	if _, err := StartReference(ReferenceConfig{CPU: 1000, Priority: 20, Period: time.Millisecond}); !errors.Is(err, bench.ErrUnavailable) {
		t.Errorf("error %v, want one that wraps ErrUnavailable", err)
	}
}

func BenchmarkMallocTrace(b *testing.B) {
	tr := alloctrace.Fixed(1 << 20)
	for range b.N {
		s, err := MallocTrace(Libc, tr, sampler.NewPlan(300*time.Millisecond, 1000))
		if err != nil {
			b.Skip(err)
		}
		report(b, s, 1000)
	}
}

func BenchmarkMallocPair(b *testing.B) {
	for range b.N {
		s, err := MallocPair(Libc, 256, sampler.NewPlan(300*time.Millisecond, 1000))
		if err != nil {
			b.Skip(err)
		}
		report(b, s, 1000)
	}
}

func BenchmarkModerncTrace(b *testing.B) {
	tr := alloctrace.Fixed(1 << 20)
	for range b.N {
		s, err := ModerncTrace(b.Context(), tr, sampler.NewPlan(300*time.Millisecond, 1000))
		if err != nil {
			b.Fatal(err)
		}
		report(b, s, 1000)
	}
}

func report(b *testing.B, s sampler.Samples, ops int) {
	var sum int64
	for _, d := range s.Batch {
		sum += d
	}
	b.ReportMetric(float64(sum)/float64(len(s.Batch)*ops), "ns/op-mean")
	b.ReportMetric(s.Counters["faults"], "faults")
	b.ReportMetric(float64(len(s.Latency)), "latencies")
	b.ReportMetric(s.Facts["timer_ns"], "timer-ns")
}
