package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
)

// made is a row of rounds that hold these samples.
func made(name string, rounds ...[]int64) *Row {
	run := &record.Run{}
	for i, samples := range rounds {
		run.Series = append(run.Series, record.Series{
			Name: name, Process: i, Samples: samples, Counters: map[string]float64{"periods": float64(len(samples))},
		})
	}
	return Rows(run, []string{name})[0]
}

func TestWeightedQuantileIsThatOfTheCopies(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		k := new(ranking)
		parts := make([][]int64, 4)
		for i := range parts {
			for range 1 + rng.IntN(40) {
				parts[i] = append(parts[i], rng.Int64N(50))
			}
			k.add(parts[i])
		}
		k.sort()
		weights := []int{rng.IntN(3), rng.IntN(3), rng.IntN(3), 1}
		var pool []int64
		for i, w := range weights {
			for range w {
				pool = append(pool, parts[i]...)
			}
		}
		slices.Sort(pool)
		for _, p := range []float64{.1, .5, .9, .99} {
			want := pool[len(pool)-1-int((1-p)*float64(len(pool)))]
			if got := k.quantile(p, weights); got != float64(want) {
				t.Fatalf("p %g, weights %v: %g, want %d", p, weights, got, want)
			}
		}
	}
}

func TestRowsPoolTheRounds(t *testing.T) {
	run := &record.Run{Series: []record.Series{
		{Name: "c", Process: 1, Samples: []int64{40, 10}, Counters: map[string]float64{"periods": 3, "skipped": 1}, Facts: map[string]float64{"timer_ns": 5}},
		{Name: "strict", Samples: []int64{1000}},
		{Name: "c", Process: 0, Samples: []int64{30, 20}, Counters: map[string]float64{"periods": 2}, Facts: map[string]float64{"timer_ns": 7}},
		{Name: "cyclictest", Unavailable: "not installed"},
	}}
	rows := Rows(run, []string{"strict", "c", "hybrid", "cyclictest"})
	if len(rows) != 3 || rows[2].Unavailable != "not installed" || Find(rows, "cyclictest") != nil {
		t.Fatalf("%+v", rows)
	}
	c := Find(rows, "c")
	if c.N() != 4 || c.Quantile(.5) != 25 || c.Max() != 40 || c.Mean() != 25 || c.Periods() != 5 || c.Rounds[0].Process != 0 {
		t.Errorf("%+v", c)
	}
	if c.Counters()["skipped"] != 1 || c.Facts()["timer_ns"] != 7 {
		t.Errorf("counters %v, facts %v", c.Counters(), c.Facts())
	}
}

func TestRatios(t *testing.T) {
	a := made("strict", []int64{10, 20, 30}, []int64{40})
	b := made("c", []int64{20, 40}, []int64{60, 80})
	got := Ratios(a, []*Row{b})
	if got["p50"]["c"] != .5 || got["max"]["c"] != .5 {
		t.Errorf("%v", got)
	}
	if !math.IsNaN(got["p99"]["c"]) {
		t.Errorf("p99 of four samples: %v", got["p99"])
	}
}

func TestUpperRefuses(t *testing.T) {
	five := slices.Repeat([][]int64{{1, 2, 3}}, 5)
	for _, c := range []struct {
		a, b    *Row
		periods int
		want    string
	}{
		{made("a", five...), made("b", five...), 16, "15 and 15 pooled periods; a limit needs 16"},
		{made("a", five[:4]...), made("b", five...), 1, "4 rounds"},
	} {
		if l := Upper(c.a, c.b, .5, c.periods); !math.IsNaN(l.Upper) || !strings.HasPrefix(l.Reason, c.want) {
			t.Errorf("%+v, want %q", l, c.want)
		}
	}
	if l := Upper(made("a", five...), made("b", five...), .5, 1); l.Upper != 1 || l.Reason != "" {
		t.Errorf("equal rows: %+v, want 1", l)
	}
}

// TestUpperCovers: the limit lies above the true ratio at least as often as it
// says, also with few rounds that differ, and not by so much that it is of no
// use.
func TestUpperCovers(t *testing.T) {
	for i, c := range []struct {
		rounds int
		own    float64 // how much a round of one row differs from its pair
	}{{5, .2}, {5, 0}, {10, .2}, {20, .2}} {
		if testing.Short() && i > 0 {
			continue
		}
		rng := rand.New(rand.NewPCG(3, uint64(c.rounds)))
		const runs, size = 60, 400
		covered, widest := 0, 0.0
		for range runs {
			shift := make([]float64, c.rounds)
			for i := range shift {
				shift[i] = .3 * rng.NormFloat64() // a noisy moment hits both rows
			}
			draw := func() *ranking {
				k := new(ranking)
				for _, s := range shift {
					s += c.own * rng.NormFloat64()
					samples := make([]int64, size)
					for i := range samples {
						samples[i] = int64(1e6 * math.Exp(s+.5*rng.NormFloat64()))
					}
					k.add(samples)
				}
				k.sort()
				return k
			}
			u := upper(draw(), draw(), c.rounds, .99)
			if u >= 1 {
				covered++
			}
			widest = max(widest, u)
		}
		t.Logf("%d rounds, own %g: covered %d of %d, widest %.2f", c.rounds, c.own, covered, runs, widest)
		// 60 runs at a true 90% stay at or above 50 in 95 of 100 seeds.
		if covered < 50 || widest > 4 {
			t.Errorf("%d rounds, own %g: covered %d of %d, widest limit %g", c.rounds, c.own, covered, runs, widest)
		}
	}
}
