package campaign

import (
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

func benches(names ...string) []bench.Benchmark {
	var list []bench.Benchmark
	for _, n := range names {
		list = append(list, bench.Benchmark{Name: n})
	}
	return list
}

func mustPlan(t *testing.T, c Config) *Plan {
	t.Helper()
	p, err := NewPlan(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlanRotatesAndInterleaves(t *testing.T) {
	p := mustPlan(t, Config{Benches: benches("a", "b", "c"), Processes: 6, Duration: 18 * time.Second})
	if len(p.Jobs) != 18 {
		t.Fatalf("%d jobs", len(p.Jobs))
	}
	var rounds []string
	for r := range 6 {
		order := ""
		for _, j := range p.Jobs[3*r : 3*r+3] {
			order += j.Bench.Name
			if j.Process != r || j.Params.Seed != uint64(r)+1 || j.Params.Duration != time.Second {
				t.Fatalf("round %d: job %+v", r, j)
			}
		}
		rounds = append(rounds, order)
	}
	if got := strings.Join(rounds, " "); got != "abc abc bca bca cab cab" {
		t.Fatalf("order %s", got)
	}
}

func TestPlanSharesByWeight(t *testing.T) {
	list := benches("heavy", "plain")
	list[0].Weight = 3
	list[0].Period = time.Millisecond
	p := mustPlan(t, Config{Benches: list, Duration: 20 * time.Second})
	if p.Processes != MinProcesses {
		t.Fatalf("%d processes", p.Processes)
	}
	var total time.Duration
	for _, j := range p.Jobs {
		total += j.Params.Duration
		want := time.Second
		if j.Bench.Name == "heavy" {
			want = 3 * time.Second
		}
		if j.Params.Duration != want {
			t.Fatalf("%s gets %v, want %v", j.Bench.Name, j.Params.Duration, want)
		}
	}
	if total != 20*time.Second {
		t.Fatalf("jobs take %v together", total)
	}
	if got := p.Samples(list[0]); got != 15_000 {
		t.Fatalf("heavy will give %d samples, want 15000", got)
	}
	if got := p.Samples(list[1]); got != 0 {
		t.Fatalf("plain is not periodic, yet %d samples are promised", got)
	}
}

func TestPlanRefusals(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Benches: benches("a"), Processes: 4, Duration: time.Second}, "4 processes: must be ≥5"},
		{Config{Duration: time.Second}, "nothing to measure"},
		{Config{Benches: benches("a", "b"), Duration: 10 * time.Millisecond}, "leaves 1ms for each process of a, at least 10ms are needed; give 100ms"},
		{Config{Benches: benches("a"), Duration: 0}, "at least 10ms are needed"},
		{Config{Benches: benches("a"), Duration: -time.Second}, "at least 10ms are needed"},
	} {
		_, err := NewPlan(c.config)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q in it", c.config, err, c.want)
		}
	}
}
