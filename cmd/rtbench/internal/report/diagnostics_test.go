package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/evt"
)

// The mean excesses are those of the definition, with their standard errors.
func TestMeanExcess(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	samples := make([]int64, 5000)
	for i := range samples {
		samples[i] = 1_000_000_000_000 + int64(1000*rng.ExpFloat64())
	}
	slices.Sort(samples)
	all := meanExcesses(samples)
	if len(all) < 40 || len(all) > meanExcessPoints+1 {
		t.Fatalf("%d thresholds", len(all))
	}
	for i, m := range all {
		if i > 0 && m.threshold <= all[i-1].threshold {
			t.Fatalf("threshold %v after %v", m.threshold, all[i-1].threshold)
		}
		n, sum, squares := 0.0, 0.0, 0.0
		for _, v := range samples {
			if d := float64(v) - m.threshold; d > 0 {
				n, sum = n+1, sum+d
			}
		}
		for _, v := range samples {
			if d := float64(v) - m.threshold; d > 0 {
				squares += (d - sum/n) * (d - sum/n)
			}
		}
		if err := math.Sqrt(squares / (n - 1) / n); math.Abs(m.mean-sum/n) > 1e-3 || math.Abs(m.err-err) > 1e-3*err {
			t.Fatalf("beyond %v: %v ± %v, want %v ± %v", m.threshold, m.mean, m.err, sum/n, err)
		}
		if n < meanExcessLeast {
			t.Errorf("beyond %v: of %v samples", m.threshold, n)
		}
	}
	if got := meanExcesses(samples[:100]); got != nil {
		t.Errorf("of ten samples: %v", got)
	}
	if got := meanExcesses(make([]int64, 5000)); got != nil {
		t.Errorf("of equal samples: %v", got)
	}
}

// The autocorrelation of an autoregressive series is known, and processes are not
// joined.
func TestAutocorrelation(t *testing.T) {
	testenv.SkipInRaceRun(t)
	rng := rand.New(rand.NewPCG(6, 2))
	const phi = 0.6
	series := func(n int, level float64) record.Series {
		s := record.Series{Samples: make([]int64, n)}
		v := 0.0
		for i := range s.Samples {
			v = phi*v + rng.NormFloat64()
			s.Samples[i] = int64(1000 * (level + v))
		}
		return s
	}
	// Were they joined, the step between the levels would correlate all lags.
	r, used := autocorrelation([]record.Series{series(40_000, 100), series(40_000, 900)})
	if used != 80_000 || len(r) != lags {
		t.Fatalf("%d lags of %d samples", len(r), used)
	}
	for i, want := range []float64{phi, phi * phi, phi * phi * phi} {
		if math.Abs(r[i]-want) > 0.02 {
			t.Errorf("lag %d: %.3f, want %.3f", i+1, r[i], want)
		}
	}
	if math.Abs(r[lags-1]) > 0.03 {
		t.Errorf("lag %d: %.3f", lags, r[lags-1])
	}
	if r, _ := autocorrelation([]record.Series{{Samples: []int64{5, 5, 5}}}); r != nil {
		t.Errorf("of equal samples: %v", r)
	}
	if _, used := autocorrelation([]record.Series{series(lagSamples+10, 1)}); used != lagSamples {
		t.Errorf("%d samples used, want %d", used, lagSamples)
	}
}

// A lag plot has both pairs of the largest sample, few of the others, and never one of
// two processes.
func TestNeighbours(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	processes := make([]record.Series, 2)
	for i := range processes {
		for range 20_000 {
			processes[i].Samples = append(processes[i].Samples, 1000*int64(i)+100+rng.Int64N(100))
		}
	}
	processes[0].Samples[7777] = 1_000_000
	pairs := neighbours(processes, sortedSamples(processes))
	if len(pairs) > lagPairs+2*lagLargest+2 || len(pairs) < lagPairs/2 {
		t.Errorf("%d pairs", len(pairs))
	}
	into, from := 0, 0
	for _, p := range pairs {
		if p.y == 1_000_000 {
			into++
		}
		if p.x == 1_000_000 {
			from++
		}
		if p.x < 1000 && p.y > 1000 && p.y < 1_000_000 {
			t.Errorf("a pair of two processes: %v", p)
		}
	}
	if into != 1 || from != 1 {
		t.Errorf("the largest sample: %d before, %d after", into, from)
	}
	if got := neighbours([]record.Series{{Samples: []int64{0, -1, 0}}}, []int64{-1, 0, 0}); len(got) != 0 {
		t.Errorf("pairs off a log axis: %v", got)
	}
}

// The samples of an exponential tail lie over the periods that they return in.
func TestReturnLevels(t *testing.T) {
	fitted := make([]int64, 1000)
	for i := range fitted {
		fitted[i] = 100 + int64(1000*math.Log(1000/(1000-float64(i)-0.5)))
	}
	tl := &tail{GPD: dist.GPD{Threshold: 100, Scale: 1000}, fitted: fitted, exceedances: 1000, share: 0.01}
	for _, p := range positioned(tl) {
		if want := tl.quantile(1 / p.x); math.Abs(want-p.y) > 1.5 {
			t.Errorf("once in %v: %v, want %v", p.x, p.y, want)
		}
	}
	if got := period(wcet.Quantile{P: 0.999}); math.Abs(got-1000) > 1e-9 {
		t.Errorf("period of the 99.9%% quantile: %v", got)
	}
}

func TestDiagnosticsShowTheirParts(t *testing.T) {
	c, run := realistic(2000)
	b := newBench(&c.Benches[0], run)
	figures := diagnostics(b)
	for i, want := range []struct {
		title string
		parts []string
	}{
		{"Return levels", []string{`class="band unsupported"`, `class="edge"`, `class="fit"`, `class="dot"`, "period, activations"}},
		{"Mean residual life", []string{`class="band"`, `class="data"`, `class="fit"`, `class="mark"`}},
		{"Shape stability", []string{`class="whisker"`, `class="dot"`, `class="max"`, "shape ξ"}},
		{"Lag plot", []string{`class="pair"`, "the next sample"}},
		{"Autocorrelation", []string{`class="lagbar"`, `class="mark"`, "lag, samples"}},
	} {
		if figures[i].Title != want.title || figures[i].Missing != "" {
			t.Errorf("%d: %q, %q", i, figures[i].Title, figures[i].Missing)
		}
		for _, part := range want.parts {
			if !strings.Contains(string(figures[i].SVG), part) {
				t.Errorf("%s: no %s", want.title, part)
			}
		}
	}
	// What cannot be drawn says so.
	b.Analysis = &wcet.Analysis{ThresholdScan: []evt.Candidate{{Threshold: math.NaN()}, {}}}
	for i, f := range diagnostics(b) {
		if drawn := f.SVG != ""; drawn != (i == 1 || i > 2) || !drawn && f.Missing == "" {
			t.Errorf("%s without a fit: %q", f.Title, f.Missing)
		}
	}
}

// A limit of hours for latencies of milliseconds is none.
func TestImpossibleLimits(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		v, largest float64
		want       string
	}{{87_800e9, 10e6, none}, {inf, 10e6, none}, {inf, math.NaN(), none}, {9e9, 10e6, "9.00 s"}, {87_800e9, math.NaN(), "87800 s"}, {math.NaN(), 1, dash}, {5, 0, "5 ns"}} {
		if got := possible(c.v, c.largest, "ns", upward); got != c.want {
			t.Errorf("%v of samples up to %v: %q, want %q", c.v, c.largest, got, c.want)
		}
	}
	b := synthetic{name: "x", processes: 1, perProcess: 2000, draw: lognormal(1000, 0.2, 0, 0),
		checks: []wcet.Check{check("exceedance@1e-06", 5000, 1, 2, 87_800e9, wcet.Unsupported, "heavy")}}.bench(1)
	for i := range b.Analysis.Bounds {
		b.Analysis.Bounds[i].Upper = 87_800e9
	}
	page := html(t, &certificate.Certificate{Benches: []certificate.Bench{b}}, nil)
	if strings.Contains(page, "87800 s") || strings.Count(page, fmt.Sprintf(`>%s<`, none)) < 5 {
		t.Error("the page shows an impossible limit")
	}
}
