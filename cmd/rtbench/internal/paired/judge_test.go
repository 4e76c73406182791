package paired

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/rt/record"
)

// rounds of a benchmark whose process i has the figure f(i) throughout.
func rounds(name string, kind record.Kind, n int, f func(i int) float64) (series []record.Series) {
	for i := range n {
		s := record.Series{Name: name, Kind: kind, Unit: "ns", Ops: 1, Process: i}
		for k := range 600 {
			s.Samples = append(s.Samples, int64(f(i)*(1+float64(k%100)/1e4)))
		}
		series = append(series, s)
	}
	return series
}

// noisy is around centre, one per cent up and down.
func noisy(seed uint64, centre float64) func(int) float64 {
	rng := rand.New(rand.NewPCG(seed, 3))
	return func(int) float64 { return centre * (1 + .01*rng.NormFloat64()) }
}

func only(t *testing.T, rows []*Row, metric string) *Row {
	t.Helper()
	i := slices.IndexFunc(rows, func(r *Row) bool { return r.Metric == metric })
	if i < 0 {
		t.Fatalf("no row of %s in %d", metric, len(rows))
	}
	return rows[i]
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		first, second float64 // B's centre in either batch
		margin        float64
		want          Verdict
		confirmed     bool
		why           string
	}{
		"equal":                 {1e6, 1e6, .05, Equivalent, false, "within the margin"},
		"worse":                 {1.1e6, 1.1e6, .01, Worse, true, "confirmed in 12 fresh"},
		"better":                {.9e6, .9e6, .01, Better, true, "confirmed in 12 fresh"},
		"within a large margin": {1.02e6, 1.02e6, .1, Equivalent, false, ""},
		"not confirmed":         {1.1e6, 1e6, .0001, Inconclusive, false, "does not confirm"},
		"the other way":         {1.1e6, .9e6, .01, Inconclusive, false, "does not confirm"},
		"equivalent after all":  {1.1e6, 1e6, .05, Equivalent, false, "second one lies within the margin"},
	} {
		o := Options{Margins: map[string]float64{"p50": c.margin}, Metrics: []string{"p50"}}
		a := rounds("x", record.Latency, 12, noisy(1, 1e6))
		rows, err := Judge(a, rounds("x", record.Latency, 12, noisy(2, c.first)), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(Suspects(rows)) > 0 {
			if err := Confirm(rows, rounds("x", record.Latency, 12, noisy(3, 1e6)), rounds("x", record.Latency, 12, noisy(4, c.second))); err != nil {
				t.Fatal(err)
			}
		}
		r := only(t, rows, "p50")
		if r.Verdict != c.want || r.Confirmed != c.confirmed || !strings.Contains(r.Why, c.why) {
			t.Errorf("%s: %s (confirmed %v, %s), want %s", name, r.Verdict, r.Confirmed, r.Why, c.want)
		}
		if len(Suspects(rows)) > 0 {
			t.Errorf("%s: still suspected after the second batch", name)
		}
		if want := c.second/1e6 - 1; len(r.Batches) == 2 && math.Abs(r.Effect-want) > .02 {
			t.Errorf("%s: effect %g of the second batch, want about %g", name, r.Effect, want)
		}
	}
}

// TestRunsConfirmNothing: the same data as two runs are unconfirmed, with either sign.
func TestRunsConfirmNothing(t *testing.T) {
	a := rounds("x", record.Latency, 12, noisy(1, 1e6))
	for centre, want := range map[float64]Verdict{1.1e6: Unconfirmed, .9e6: Unconfirmed, 1e6: Equivalent} {
		rows, err := JudgeRuns(a, rounds("x", record.Latency, 12, noisy(2, centre)), Options{Margins: map[string]float64{"p50": .02}, Metrics: []string{"p50"}})
		if err != nil {
			t.Fatal(err)
		}
		if r := only(t, rows, "p50"); r.Verdict != want || r.Confirmed || len(Suspects(rows)) != 0 {
			t.Errorf("%g: %s, want %s", centre, r.Verdict, want)
		}
	}
	// A single process gives parts of it, and means one by one.
	for _, kind := range []record.Kind{record.Latency, record.Batch} {
		long := rounds("x", kind, 1, func(int) float64 { return 1e6 })
		longer := rounds("x", kind, 1, func(int) float64 { return 1.1e6 })
		rows, err := JudgeRuns(long, longer, Options{})
		if err != nil || rows[0].Verdict != Unconfirmed || math.Abs(rows[0].Effect-.1) > .01 {
			t.Errorf("%s: %+v, %v", kind, rows[0], err)
		}
	}
}

func TestJudgeRefuses(t *testing.T) {
	x, y := rounds("x", record.Latency, 8, noisy(1, 1e6)), rounds("y", record.Latency, 8, noisy(1, 1e6))
	zero := rounds("x", record.Latency, 8, func(int) float64 { return 0 })
	gone := []record.Series{{Name: "x", Kind: record.Latency, Unit: "ns", Ops: 1, Unavailable: "no right"}}
	for want, sides := range map[string][2][]record.Series{
		"only A has x; only B has y":         {x, y},
		"only B has y; a benchmark that was": {x, append(slices.Clone(x), y...)},
		"its clock stands still":             {x, zero},
		"cannot be measured here: no right":  {gone, gone},
		"nothing to compare":                 {nil, nil},
		"no round has samples of both sides": {x[:4], x[4:]},
	} {
		if _, err := Judge(sides[0], sides[1], Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestFewRounds: too few rounds decide nothing, whatever they show.
func TestFewRounds(t *testing.T) {
	rows, err := Judge(rounds("x", record.Latency, 5, noisy(1, 1e6)), rounds("x", record.Latency, 5, noisy(2, 2e6)), Options{Metrics: []string{"p50"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := rows[0]; r.Verdict != Inconclusive || !strings.Contains(r.Why, "too few") {
		t.Errorf("%s: %s", r.Verdict, r.Why)
	}
	text, err := json.Marshal(rows[0])
	if err != nil || !strings.Contains(string(text), `"ci":[null,null]`) || !strings.Contains(string(text), `"confirmed":false`) {
		t.Errorf("%s, %v", text, err)
	}
}

// TestConfirmation: the more rows, the rarer a second batch may err.
func TestConfirmation(t *testing.T) {
	for rows, want := range map[int]float64{1: .05, 4: .05, 10: .02, 200: .001} {
		if got := confirmingOf(rows); math.Abs(got-want) > 1e-12 {
			t.Errorf("%d rows: %g, want %g", rows, got, want)
		}
		// One-sided by chance in both batches, in either direction, in any row.
		if wrong := float64(rows) * 2 * (1 - Confidence) / 2 * confirmingOf(rows); wrong > Wrong+1e-12 {
			t.Errorf("%d rows: wrong in %g", rows, wrong)
		}
		// Its rounds suffice to reach that.
		if n := Rounds(make([]*Row, rows), 8); math.Ldexp(1, -n) > confirmingOf(rows)/4 {
			t.Errorf("%d rows: %d rounds cannot confirm", rows, n)
		}
	}
}

func TestQuantileOfTies(t *testing.T) {
	// Half of a step of a coarse clock is seen.
	mix := func(ones int) []float64 {
		x := slices.Repeat([]float64{40}, 100)
		for i := range ones {
			x[99-i] = 41
		}
		return x
	}
	a, b := quantile(mix(20), .5), quantile(mix(40), .5)
	if a >= b || a < 39.5 || b > 40.5 {
		t.Errorf("%g and %g", a, b)
	}
	if got := quantile([]float64{5, 5, 5}, .5); got != 5 {
		t.Errorf("constant: %g", got)
	}
	if got := quantile([]float64{1, 2, 3, 4}, .5); got < 2 || got > 3 {
		t.Errorf("four: %g", got)
	}
}

// TestFigures: a tail needs samples, and a batch is a mean of an operation.
func TestFigures(t *testing.T) {
	p99 := Metrics[2]
	if v := p99.figure(record.Series{Kind: record.Latency, Ops: 1, Samples: make([]int64, 499)}); !math.IsNaN(v) {
		t.Errorf("a p99 of 499 samples: %g", v)
	}
	mean := Metrics[0]
	if v := mean.figure(record.Series{Kind: record.Batch, Ops: 10, Samples: []int64{100, 120, 9999}}); math.Abs(v-12) > 500 || v < 10 {
		t.Errorf("mean %g", v)
	}
	if v := mean.figure(record.Series{Kind: record.Latency, Ops: 1, Samples: []int64{1}}); !math.IsNaN(v) {
		t.Errorf("a latency is no mean: %g", v)
	}
}

// logged notes who was launched.
type logged struct {
	name string
	log  *[]string
	fail error
}

func (l logged) Launch(_ context.Context, job campaign.Job) ([]record.Series, error) {
	*l.log = append(*l.log, l.name+job.Bench.Name)
	return []record.Series{{Name: job.Bench.Name, Kind: record.Latency, Unit: "ns", Ops: 1, Samples: []int64{1}}}, l.fail
}

func TestMeasure(t *testing.T) {
	var log []string
	p := &Plan{Jobs: []bench.Benchmark{{Name: "1"}, {Name: "2"}}, Rounds: 40, First: 3, Seed: 9}
	sides, err := p.Measure(t.Context(), logged{name: "a", log: &log}, logged{name: "b", log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if len(sides[0]) != 80 || len(sides[1]) != 80 || sides[0][0].Process != 3 || sides[1][79].Process != 42 {
		t.Errorf("%d and %d series, from %d to %d", len(sides[0]), len(sides[1]), sides[0][0].Process, sides[1][79].Process)
	}
	begins, rotated := 0, 0
	for i := 0; i < len(log); i += 2 {
		if log[i][1:] != log[i+1][1:] || log[i][0] == log[i+1][0] {
			t.Fatalf("%s and %s are no pair", log[i], log[i+1])
		}
		if log[i][0] == 'a' {
			begins++
		}
		if i%4 == 0 && log[i][1] == '1' {
			rotated++
		}
	}
	// A coin gives 40±4.5 of 80, and jobs take turns.
	if begins < 25 || begins > 55 || rotated != 20 {
		t.Errorf("A begins in %d of 80 pairs, job 1 in %d of 40 rounds", begins, rotated)
	}
	broken := errors.New("exit status 2")
	_, err = p.Measure(t.Context(), logged{name: "a", log: &log}, logged{name: "b", log: &log, fail: broken})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "round 4, side B") {
		t.Errorf("%v", err)
	}
}
