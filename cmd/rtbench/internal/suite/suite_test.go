package suite

import (
	"context"
	"errors"
	"math"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/rt/record"
)

func TestNamesAreUniqueAndWellFormed(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+/[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, b := range All() {
		if seen[b.Name] {
			t.Errorf("%s: the name is taken", b.Name)
		}
		seen[b.Name] = true
		if !form.MatchString(b.Name) {
			t.Errorf("%s: want family/case-detail", b.Name)
		}
		if b.Doc == "" || len(b.Suites) == 0 || b.Measure == nil || b.Weight < 0 {
			t.Errorf("%s: incomplete: %+v", b.Name, b)
		}
		if b.RatioOf != "mean" && b.RatioOf != "p99" {
			t.Errorf("%s: RatioOf %q, want mean or p99", b.Name, b.RatioOf)
		}
	}
}

// Names are permanent: budgets in users' repositories refer to them.
func TestPermanentNames(t *testing.T) {
	var names []string
	for _, b := range All() {
		names = append(names, b.Name)
	}
	for _, name := range []string{
		"goodfit/trace", "goodfit/pair256", "goodfit/trace-min7", "goodfit/pair256-min7",
		"ranges/pair", "peer/vkngwrapper-pair",
		"pool/local", "pool/shared", "bump/1k", "bump/64k", "bump/reset-10k",
		"spsc/rtt", "latest/read",
		"loop/wake-1ms", "loop/wake-250us", "loop/wake-1ms-busy", "c/wake-1ms",
		"today/ticker-1ms-busy", "today/make-1k", "today/chan-rtt", "today/glibc",
		"halffit/trace", "halffit/pair256", "pool/handles",
		"spsc/throughput", "spsc/batch16", "stream/block64", "mpmc/throughput",
		"fragmentation/log-uniform", "fragmentation/audio-blocks", "fragmentation/messages",
		"fragmentation/growing", "fragmentation/saw-tooth", "fragmentation/recorded",
	} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestPeersAreBenchmarksOfTheSameSuite(t *testing.T) {
	byName := map[string]bench.Benchmark{}
	for _, b := range All() {
		byName[b.Name] = b
	}
	for _, b := range All() {
		for i, name := range b.Peers {
			p, ok := byName[name]
			if !ok {
				t.Errorf("%s: peer %s is no benchmark", b.Name, name)
				continue
			}
			for _, s := range b.Suites {
				if i == 0 && !slices.Contains(p.Suites, s) {
					t.Errorf("%s is in suite %s, and its today, %s, is not", b.Name, s, name)
				}
			}
		}
	}
}

func TestFirstLightWeighsTwoMinutes(t *testing.T) {
	var sum float64
	for _, b := range All() {
		if slices.Contains(b.Suites, firstLight) {
			sum += max(b.Weight, 0)
			if b.Weight == 0 {
				sum++
			}
		}
	}
	if sum != 120 {
		t.Errorf("weights of %s add up to %g, want 120", firstLight, sum)
	}
}

// measure runs b for d and skips the test where this machine has no b.
func measure(t testing.TB, b bench.Benchmark, d time.Duration) []record.Series {
	t.Helper()
	series, err := b.Measure(t.Context(), bench.Params{Duration: d, Seed: 1})
	if errors.Is(err, bench.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return series
}

// sampled measures b for d, and longer while a series has no sample: a busy machine may
// keep a loop from running for all of a short time.
func sampled(t *testing.T, b bench.Benchmark, d time.Duration) []record.Series {
	t.Helper()
	for {
		series := measure(t, b, d)
		empty := slices.ContainsFunc(series, func(s record.Series) bool { return len(s.Samples) == 0 })
		if !empty || d > 10*time.Second {
			return series
		}
		d *= 4
	}
}

func TestEveryBenchmarkMeasures(t *testing.T) {
	for _, b := range All() {
		t.Run(b.Name, func(t *testing.T) {
			if testing.Short() && family(b.Name) == "fragmentation" && b.Name != "fragmentation/recorded" {
				t.Skip("-short: one fragmentation trace of six")
			}
			series := sampled(t, b, 20*time.Millisecond)
			if len(series) == 0 {
				t.Fatal("no series")
			}
			kinds := map[record.Kind]bool{}
			for _, s := range series {
				if kinds[s.Kind] {
					t.Errorf("two series of kind %s", s.Kind)
				}
				kinds[s.Kind] = true
				checkSeries(t, b.Name, s)
			}
		})
	}
}

func checkSeries(t *testing.T, name string, s record.Series) {
	t.Helper()
	if s.Name != name || s.Unit != "ns" {
		t.Errorf("series of %q in %q, want %q in ns", s.Name, s.Unit, name)
	}
	if s.Ops < 1 || s.Kind == record.Latency && s.Ops != 1 {
		t.Errorf("%s samples of %d operations", s.Kind, s.Ops)
	}
	if len(s.Samples) == 0 {
		t.Errorf("no %s samples", s.Kind)
	}
	for _, d := range s.Samples {
		if d < 0 {
			t.Fatalf("a %s sample of %d ns", s.Kind, d)
		}
	}
	if s.Counters["ops"] < float64(len(s.Samples)) {
		t.Errorf("%g operations behind %d samples", s.Counters["ops"], len(s.Samples))
	}
	if s.Period > 0 && s.Counters["periods"] < float64(len(s.Samples)) {
		t.Errorf("%g periods behind %d samples", s.Counters["periods"], len(s.Samples))
	}
	for key, v := range s.Counters {
		if !(v >= 0) || math.IsInf(v, 0) {
			t.Errorf("counter %s is %g", key, v)
		}
	}
	for key, v := range s.Facts {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("fact %s is %g", key, v)
		}
	}
}

func TestOwnBenchmarksAllocateNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: every benchmark was measured once already")
	}
	for _, b := range All() {
		if !slices.Contains([]string{"goodfit", "halffit", "pool", "bump", "spsc", "latest", "stream", "mpmc"}, family(b.Name)) {
			continue
		}
		t.Run(b.Name, func(t *testing.T) {
			// The count is the process's. What the benchmark allocates is there
			// each time; what the runtime does in the background is not.
			var n float64
			for range 20 {
				if n = measure(t, b, 20*time.Millisecond)[0].Counters["allocs"]; n == 0 {
					return
				}
			}
			t.Errorf("%g heap allocations", n)
		})
	}
}

func TestGoAndCReplayTheSameTrace(t *testing.T) {
	digests := map[string]float64{}
	for _, b := range All() {
		if b.Name == "goodfit/trace" || b.Name == "today/glibc" {
			digests[b.Name] = measure(t, b, 20*time.Millisecond)[0].Facts["trace_digest"]
		}
	}
	if digests["goodfit/trace"] == 0 || digests["goodfit/trace"] != digests["today/glibc"] {
		t.Errorf("digests %v, want two equal ones", digests)
	}
}

func TestCancelledBenchmarksEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, b := range All() {
		if b.Name == bumpPeer || family(b.Name) == "today" && b.Name != "today/ticker-1ms-busy" {
			continue // a loop inside C cannot be interrupted
		}
		_, err := b.Measure(ctx, bench.Params{Duration: time.Hour, Seed: 1})
		if err == nil {
			t.Errorf("%s: a cancelled measurement succeeded", b.Name)
		}
	}
}

func family(name string) string {
	return regexp.MustCompile(`^[a-z]+`).FindString(name)
}

func BenchmarkSuite(b *testing.B) {
	for _, bm := range All() {
		b.Run(bm.Name, func(b *testing.B) {
			for range b.N {
				weight := max(1, bm.Weight)
				for _, s := range measure(b, bm, time.Duration(weight*float64(250*time.Millisecond))) {
					reportSeries(b, s)
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func reportSeries(b *testing.B, s record.Series) {
	b.Helper()
	sorted := slices.Sorted(slices.Values(s.Samples))
	at := func(p float64) float64 { return float64(sorted[int(p*float64(len(sorted)-1))]) }
	for key, v := range s.Counters {
		b.ReportMetric(v, key)
	}
	for key, v := range s.Facts {
		b.ReportMetric(v, key)
	}
	if s.Kind == record.Batch {
		var sum int64
		for _, d := range sorted {
			sum += d
		}
		b.ReportMetric(float64(sum)/float64(len(sorted)*s.Ops), "mean-ns")
		return
	}
	for unit, p := range map[string]float64{"p50": 0.5, "p99": 0.99, "p99.99": 0.9999, "pmax": 1} {
		b.ReportMetric(at(p), unit)
	}
}
