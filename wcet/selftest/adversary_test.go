package selftest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// attackedQuantiles are those that budgets limit, as far as n samples can tell them.
var attackedQuantiles = []float64{0.5, 0.9, 0.95, 0.99, 0.999}

// An attack is a kind of dependent samples with known quantiles, and how often budgets
// near them pass.
type attack struct {
	name string
	n    int
	// processes that the samples are divided among, in order.
	processes int
	// times the true quantile is the budget: below 1 a PASS is wrong.
	times float64
	truth func(p float64) float64
	// draw returns how many bursts were met.
	draw func(rng *rand.Rand, x []float64) (met int)

	runs, enough int
	// Of each quantile: the runs that pass, those of them with ten bursts or more, and
	// the undecided ones.
	pass, wrong, undecided []int
}

// quantiles that n samples can tell.
func (a *attack) quantiles() (list []float64) {
	for _, q := range attackedQuantiles {
		if stat.SamplesFor(q, wcet.DefaultConfidence) <= a.n {
			list = append(list, q)
		}
	}
	return list
}

// run draws and judges some runs, each from a random stream of its own.
func (a *attack) run(ctx context.Context, runs int) error {
	var budgets []wcet.Budget
	for _, q := range a.quantiles() {
		budgets = append(budgets, wcet.Budget{Benchmark: "a", Quantiles: []wcet.QuantileLimit{{P: q, Limit: a.times * adversaryUnit * a.truth(1-q)}}})
	}
	met, outcomes, errs := make([]int, runs), make([][]wcet.Evaluation, runs), make([]error, runs)
	parallel.For(ctx, runs, func(i int) {
		x := make([]float64, a.n)
		met[i] = a.draw(stream(a.name, i), x)
		pop := wcet.Population{Name: "a", Unit: "ns"}
		for k := range a.processes {
			s := record.Series{Name: "a", Kind: record.Latency, Unit: "ns", Ops: 1, Process: k}
			for _, v := range x[k*a.n/a.processes : (k+1)*a.n/a.processes] {
				s.Samples = append(s.Samples, int64(adversaryUnit*v))
			}
			pop.Latency = append(pop.Latency, s)
		}
		outcomes[i], errs[i] = wcet.Evaluate(budgets, map[string]wcet.Population{"a": pop})
	})
	a.pass, a.wrong, a.undecided = make([]int, len(budgets)), make([]int, len(budgets)), make([]int, len(budgets))
	for i, evaluations := range outcomes {
		if err := errs[i]; err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		a.runs++
		if met[i] >= stat.MinClusters {
			a.enough++
		}
		for k, e := range evaluations {
			switch e.Verdict {
			case wcet.Pass:
				a.pass[k]++
				if met[i] >= stat.MinClusters {
					a.wrong[k]++
				}
			case wcet.Inconclusive:
				a.undecided[k]++
			}
		}
	}
	return nil
}

// adversaryUnit makes whole numbers of nanoseconds fine steps.
const adversaryUnit = 1e5

// deviation is the standard deviation of a kind.
func deviation(k family.Kind) float64 {
	const steps = 10_000
	mean, squares := 0.0, 0.0
	for i := range steps {
		v := k.Quantile((float64(i) + 0.5) / steps)
		mean += v / steps
		squares += v * v / steps
	}
	return math.Sqrt(squares - mean*mean)
}

// burstAttacks are modes in bursts; the fuller list has more kinds of everything.
func burstAttacks(n int, full bool) (list []*attack) {
	exponential := family.Pareto("exponential", 0)
	bases := []family.Kind{exponential}
	counts, shares, lengths := []float64{4, 12, 20}, []float64{0.01, 0.05}, []family.Lengths{family.Geometric}
	if full {
		bases = append(bases, family.Normal("normal").Moved("normal", 1, 10))
		shares, lengths = []float64{0.003, 0.01, 0.05}, family.AllLengths
	}
	for _, base := range bases {
		sd := deviation(base)
		modes := []family.Kind{base.Moved("×1.5", 1.5, 0), base.Moved("×3", 3, 0), base.Moved("×10", 10, 0), base.Moved("+2 sd", 1, 2*sd)}
		if full {
			modes = append(modes, base.Moved("×2", 2, 0), base.Moved("+.5 sd", 1, 0.5*sd))
		}
		for _, mode := range modes {
			for _, share := range shares {
				for _, length := range lengths {
					b := family.Bursts{Base: base, Mode: mode, Share: share, Lengths: length}
					for _, expected := range counts {
						list = append(list, &attack{
							name: fmt.Sprintf("%s %s, share %g, %g bursts, %s", base.Name, mode.Name, share, expected, length),
							n:    n, processes: 1, times: 0.999, truth: b.Truth,
							draw: func(rng *rand.Rand, x []float64) int { return b.Draw(rng, x, expected) },
						})
					}
				}
			}
		}
	}
	return list
}

// otherAttacks are dependent otherwise.
func otherAttacks(n int) (list []*attack) {
	exponential := family.Pareto("exponential", 0)
	slow := exponential.Moved("×3", 3, 0)
	add := func(name string, processes int, truth func(float64) float64, draw func(*rand.Rand, []float64)) {
		list = append(list, &attack{name: name, n: n, processes: processes, times: 0.999, truth: truth,
			draw: func(rng *rand.Rand, x []float64) int { draw(rng, x); return 0 }})
	}
	for _, r := range []float64{0.5, 0.7, 0.9, 0.95} {
		add(fmt.Sprintf("correlation %g", r), 1, family.Normal("").Moved("", 1, 10).Quantile, func(rng *rand.Rand, x []float64) {
			v := rng.NormFloat64()
			for i := range x {
				v = r*v + math.Sqrt(1-r*r)*rng.NormFloat64()
				x[i] = 10 + v
			}
		})
	}
	for _, every := range []int{2, 7, 50} {
		add(fmt.Sprintf("each %d. sample ×3", every), 1, family.Mixture(exponential, slow, 1/float64(every)).Truth, func(rng *rand.Rand, x []float64) {
			first := rng.IntN(every)
			for i := range x {
				x[i] = exponential.Draw(rng)
				if i%every == first {
					x[i] = slow.Draw(rng)
				}
			}
		})
	}
	add("the last tenth ×3", 1, family.Mixture(exponential, slow, 0.1).Truth, func(rng *rand.Rand, x []float64) {
		for i := range x {
			x[i] = exponential.Draw(rng)
			if i >= len(x)-len(x)/10 {
				x[i] = slow.Draw(rng)
			}
		}
	})
	one := family.Bursts{Base: exponential, Mode: slow, Share: 0.05, Lengths: family.Geometric}
	add("one of five processes has all bursts", 5, family.Mixture(exponential, slow, 0.01).Truth, func(rng *rand.Rand, x []float64) {
		exponential.Family().Draw(rng, x)
		which := rng.IntN(5)
		one.Draw(rng, x[which*len(x)/5:(which+1)*len(x)/5], 12)
	})
	add("a level that drifts by 1 sd", 1, func(p float64) float64 {
		survival := func(x float64) (sum float64) {
			for k := range 200 {
				sum += family.Normal("").Survival(x-10-(float64(k)+0.5)/200) / 200
			}
			return sum
		}
		return stat.Root(func(x float64) float64 { return math.Log(survival(x) / p) }, 5, 20, 1e-9)
	}, func(rng *rand.Rand, x []float64) {
		for i := range x {
			x[i] = 10 + rng.NormFloat64() + float64(i)/float64(len(x))
		}
	})
	return list
}

// harmless are independent samples under budgets above their quantiles.
func harmless(n int) (list []*attack) {
	for _, k := range []family.Kind{family.Pareto("exponential", 0), family.Pareto("gpd+0.2", 0.2), family.Gamma("gamma8", 8), family.Lognormal("lognormal0.4", 0.4), family.Weibull("weibull2", 2)} {
		for _, times := range []float64{1.05, 1.2, 1.5} {
			f := k.Family()
			list = append(list, &attack{name: fmt.Sprintf("%s, budget %g times the quantile", k.Name, times), n: n, processes: 1, times: times, truth: f.Truth,
				draw: func(rng *rand.Rand, x []float64) int { f.Draw(rng, x); return 0 }})
		}
	}
	return list
}

// limits are a share and its two-sided 95% limits in percent.
func limits(m, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f (%.1f–%.1f)", 100*float64(m)/float64(n), 100*stat.RateLower(float64(m), float64(n), 0.975), 100*stat.RateUpper(float64(m), float64(n), 0.975))
}

// attackTable shows the runs that pass in percent, or the undecided ones.
func attackTable(list []*attack, undecided bool) string {
	var b strings.Builder
	b.WriteString("| kind | n | runs | ≥10 bursts |")
	for _, q := range attackedQuantiles {
		fmt.Fprintf(&b, " p%g | ≥10 |", 100*q)
	}
	b.WriteString("\n|---|---|---|---|" + strings.Repeat("---|---|", len(attackedQuantiles)) + "\n")
	for _, a := range list {
		fmt.Fprintf(&b, "| %s | %d | %d | %d |", a.name, a.n, a.runs, a.enough)
		for k := range attackedQuantiles {
			switch {
			case k >= len(a.pass):
				b.WriteString(" | |")
			case undecided:
				fmt.Fprintf(&b, " %s | |", limits(a.undecided[k], a.runs))
			default:
				fmt.Fprintf(&b, " %s | %s |", limits(a.pass[k], a.runs), limits(a.wrong[k], a.enough))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// judge fails where passes are more than chance makes of 5%.
func (a *attack) judge(t *testing.T, level float64) {
	t.Helper()
	for k, q := range a.quantiles() {
		if p := stat.BinomialAtLeast(float64(a.wrong[k]), float64(a.enough), 0.05); a.enough > 0 && p < level {
			t.Errorf("%s, n %d, quantile %v: %d of %d runs with ten bursts pass", a.name, a.n, q, a.wrong[k], a.enough)
		}
		// With four bursts expected, one run in eleven meets one or none.
		if p := stat.BinomialAtLeast(float64(a.pass[k]), float64(a.runs), 0.09); p < level {
			t.Errorf("%s, n %d, quantile %v: %d of %d runs pass", a.name, a.n, q, a.pass[k], a.runs)
		}
	}
}

// Budgets just below the truth do not pass where samples depend on each other. A few of
// the cases of [TestSoakAdversary].
func TestAdversary(t *testing.T) {
	runs := 60
	if testing.Short() {
		runs = 20
	}
	for _, a := range append(burstAttacks(2000, false), otherAttacks(60)...) {
		if err := a.run(t.Context(), runs); err != nil {
			t.Fatal(err)
		}
		a.judge(t, 1e-4)
	}
}

// TestSoakAdversary counts how often budgets pass that lie a thousandth below the truth,
// and how often independent samples are undecided. Each part writes its table into the
// directory that MEMKIT_EVIDENCE names.
func TestSoakAdversary(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("set MEMKIT_SOAK=1: seventy thousand runs are judged")
	}
	dir := os.Getenv("MEMKIT_EVIDENCE")
	if dir == "" {
		dir = t.TempDir()
	}
	var short, independent []*attack
	for _, n := range []int{60, 100, 200, 500, 1000, 2000} {
		short = append(short, otherAttacks(n)...)
	}
	for _, n := range []int{60, 200, 2000, 20_000} {
		independent = append(independent, harmless(n)...)
	}
	for _, part := range []struct {
		name    string
		attacks []*attack
		// samples of all runs of an attack, as far as runs is not less.
		runs, samples int
	}{
		{"other", short, 400, 400_000},
		{"bursts-2000", burstAttacks(2000, true), 100, 300_000},
		{"independent", independent, 1000, 1_000_000},
		{"bursts-20000", append(otherAttacks(20_000), burstAttacks(20_000, false)...), 100, 2_000_000},
		{"bursts-200000", burstAttacks(200_000, false), 20, 4_000_000},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, a := range part.attacks {
				if err := a.run(t.Context(), min(part.runs, part.samples/a.n)); err != nil {
					t.Fatal(err)
				}
				if a.times < 1 {
					a.judge(t, 1e-4)
				}
			}
			text := attackTable(part.attacks, part.name == "independent")
			if err := os.WriteFile(filepath.Join(dir, "adversary-"+part.name+".md"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}
