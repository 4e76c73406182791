package paired

import (
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/perf/benchmath"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/rt/record"
)

// world is a machine whose speed drifts and whose host takes the CPU away in bursts,
// with two programs on it.
type world struct {
	rng *rand.Rand
	// drift of the machine's speed, from one process to the next.
	drift float64
	// stolen is how many more samples a burst of steal lasts.
	stolen int
	// median and tail are by how much B is slower: all samples, and its slow ones.
	median, tail float64
}

const (
	simulatedRounds  = 20
	simulatedSamples = 2000
)

// process measures one program: a drifting machine, a layout of its own, a second
// mode of 3% of the samples, and bursts of steal that go over to the next process.
func (w *world) process(isB bool) []int64 {
	rng := w.rng
	w.drift = .8*w.drift + .003*rng.NormFloat64()
	layout := .003 * rng.NormFloat64()
	body, slow := 40_000*math.Exp(w.drift+layout), 90_000*math.Exp(w.drift+layout+.01*rng.NormFloat64())
	if isB {
		body, slow = body*(1+w.median), slow*(1+w.median)*(1+w.tail)
	}
	samples := make([]int64, simulatedSamples)
	for i := range samples {
		v := body * (1 + .05*rng.NormFloat64())
		if rng.Float64() < .03 {
			v = slow * (1 + .02*rng.NormFloat64())
		}
		if w.stolen == 0 && rng.Float64() < .00004 { // one process in twelve
			w.stolen = 20 + int(1500*rng.ExpFloat64())
		}
		if w.stolen > 0 {
			w.stolen--
			if rng.Float64() < .25 {
				v += 200_000 * rng.ExpFloat64()
			}
		}
		samples[i] = int64(v)
	}
	return samples
}

// side is one program of a world.
type side struct {
	*world
	isB bool
}

func (s side) Launch(context.Context, campaign.Job) ([]record.Series, error) {
	return []record.Series{{Name: "x", Kind: record.Latency, Unit: "ns", Ops: 1, Samples: s.process(s.isB)}}, nil
}

// comparison is one run of the whole procedure.
type comparison struct {
	rows   []*Row
	values [2]map[string][]float64 // of all batches, for other tools
}

func simulate(t *testing.T, seed uint64, median, tail float64) comparison {
	t.Helper()
	w := &world{rng: rand.New(rand.NewPCG(seed, 77)), median: median, tail: tail}
	plan := &Plan{Jobs: []bench.Benchmark{{Name: "x"}}, Rounds: simulatedRounds, Seed: seed}
	a, b := side{w, false}, side{w, true}
	first, err := plan.Measure(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := Judge(first[0], first[1], Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := comparison{rows: rows, values: [2]map[string][]float64{{}, {}}}
	for k, s := range first {
		for _, m := range Metrics {
			c.values[k][m.Name] = m.figures(s)
		}
	}
	if len(Suspects(rows)) > 0 {
		plan.First = plan.Rounds
		plan.Rounds = Rounds(rows, plan.Rounds)
		second, err := plan.Measure(t.Context(), a, b)
		if err != nil {
			t.Fatal(err)
		}
		if err := Confirm(rows, second[0], second[1]); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c comparison) verdict(metric string) Verdict {
	for _, r := range c.rows {
		if r.Metric == metric {
			return r.Verdict
		}
	}
	return ""
}

// benchstat is the verdict of golang.org/x/perf's tool on the first batch.
func (c comparison) benchstat(metric string) bool {
	th := benchmath.DefaultThresholds
	a := benchmath.NewSample(c.values[0][metric], &th)
	b := benchmath.NewSample(c.values[1][metric], &th)
	r := benchmath.AssumeNothing.Compare(a, b)
	return r.P < r.Alpha
}

// TestSoakErrorRates is TestErrorRates with a thousand simulations of each kind; docs/evidence/compare.txt is its
// output.
func TestSoakErrorRates(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("a thousand simulations take minutes: MEMKIT_SOAK=1")
	}
	errorRates(t, 1000)
}

// TestErrorRates: equal sides are rarely called anything else, and differences are
// found. The bounds allow for chance in few simulations.
func TestErrorRates(t *testing.T) {
	n := 25
	if testing.Short() {
		n = 10
	}
	errorRates(t, n)
}

func errorRates(t *testing.T, n int) {
	wrong, wrongBenchstat := 0, 0
	p99, p99Benchstat, p50, p50Benchstat := 0, 0, 0, 0
	one := func(yes bool, count *int) {
		if yes {
			*count++
		}
	}
	for seed := range uint64(n) {
		equal := simulate(t, seed, 0, 0)
		bad, badBenchstat := false, false
		for _, r := range equal.rows {
			bad = bad || r.Verdict == Worse || r.Verdict == Better
			badBenchstat = badBenchstat || equal.benchstat(r.Metric)
		}
		one(bad, &wrong)
		one(badBenchstat, &wrongBenchstat)
		tail := simulate(t, seed, 0, .10)
		one(tail.verdict("p99") == Worse, &p99)
		one(tail.benchstat("p99"), &p99Benchstat)
		middle := simulate(t, seed, .01, 0)
		one(middle.verdict("p50") == Worse, &p50)
		one(middle.benchstat("p50"), &p50Benchstat)
	}
	share := func(k int) float64 { return float64(k) / float64(n) }
	t.Logf("%d simulations of each kind, %d rounds a batch, benchstat on the first batch:", n, simulatedRounds)
	t.Logf("  equal sides, any row worse or better:  rtbench %5.1f%%, benchstat %5.1f%%", 100*share(wrong), 100*share(wrongBenchstat))
	t.Logf("  p99 10%% greater, found:                rtbench %5.1f%%, benchstat %5.1f%%", 100*share(p99), 100*share(p99Benchstat))
	t.Logf("  median 1%% greater, found:              rtbench %5.1f%%, benchstat %5.1f%%", 100*share(p50), 100*share(p50Benchstat))
	if share(wrong) > Wrong && wrong > 1 {
		t.Errorf("equal sides differ in %d of %d", wrong, n)
	}
	// Chance in few simulations may cost two of them.
	slack := 2 / float64(n)
	if n >= 1000 {
		slack = 0
	}
	if share(p99) < .95-slack {
		t.Errorf("p99 +10%% is found in %d of %d", p99, n)
	}
	if share(p50) < .90-slack {
		t.Errorf("median +1%% is found in %d of %d", p50, n)
	}
}

var (
	recorded       = flag.String("recorded", "", "a directory with a.rtrun and b.rtrun of a comparison of equal sides")
	recordedRounds = flag.Int("recorded-rounds", 20, "rounds of a batch that is drawn from it; it has at least twice as many")
)

// TestSoakRecorded draws batches from the rounds of a real comparison of equal sides,
// and finds B when all of its samples are 1% greater.
func TestSoakRecorded(t *testing.T) {
	if *recorded == "" {
		t.Skip("needs the record of a comparison of equal sides: -recorded rtbench-out")
	}
	var sides [2]map[int][]record.Series
	most := 0
	for i, name := range []string{"a.rtrun", "b.rtrun"} {
		f, err := os.Open(filepath.Join(*recorded, name))
		if err != nil {
			t.Fatal(err)
		}
		run, err := record.Read(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = map[int][]record.Series{}
		for _, s := range run.Series {
			sides[i][s.Process] = append(sides[i][s.Process], s)
			most = max(most, s.Process+1)
		}
	}
	n := *recordedRounds
	if 2*n > most {
		t.Fatalf("%d rounds, two batches need %d", most, 2*n)
	}
	rng := rand.New(rand.NewPCG(1, 9))
	for _, slower := range []float64{1, 1.01} {
		found, wrong := map[string]int{}, map[string]int{}
		const draws = 200
		for range draws {
			batch := func(rounds []int) (b [2][]record.Series) {
				for i, round := range rounds {
					flip := rng.IntN(2) // the sides are equal
					for k := range b {
						for _, s := range sides[k^flip][round] {
							s.Process = i
							if k == 1 && slower != 1 {
								s.Samples = slices.Clone(s.Samples)
								// A thousandth of the unit keeps 1% of a few nanoseconds.
								for j := range s.Samples {
									s.Samples[j] = int64(math.Round(float64(s.Samples[j]) * 1000 * slower))
								}
							} else {
								s.Samples = slices.Clone(s.Samples)
								for j := range s.Samples {
									s.Samples[j] *= 1000
								}
							}
							b[k] = append(b[k], s)
						}
					}
				}
				return b
			}
			order := rng.Perm(most)
			first := batch(order[:n])
			rows, err := Judge(first[0], first[1], Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(Suspects(rows)) > 0 {
				second := batch(order[n : 2*n])
				if err := Confirm(rows, second[0], second[1]); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range rows {
				switch r.Verdict {
				case Worse:
					found[r.Metric]++
				case Better:
					wrong[r.Metric]++
				}
			}
		}
		for _, m := range MetricNames() {
			t.Logf("B %gx, batches of %d rounds: %s worse in %.1f%%, better in %.1f%%", slower, n, m, 100*float64(found[m])/draws, 100*float64(wrong[m])/draws)
		}
	}
}
