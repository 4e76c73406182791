package evt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// coverage counts bounds of repeated samples.
type coverage struct {
	given, covered, reps int
	widths               []float64
}

func (c coverage) share() float64 { return float64(c.covered) / float64(max(1, c.given)) }

// cover bounds the value exceeded with probability 1e-6 in samples of f.
func cover(f family.Family, seed uint64, n, reps int) coverage {
	const p = 1e-6
	truth := f.Truth(p)
	bounds := make([]Bound, reps)
	parallel.For(context.Background(), reps, func(rep int) {
		x := make([]float64, n)
		f.Draw(rand.New(rand.NewPCG(seed, uint64(rep))), x)
		if r, err := Fit(x, Options{Target: p}); err == nil {
			bounds[rep] = r.Bound
		}
	})
	c := coverage{reps: reps}
	for _, b := range bounds {
		if b.Supported {
			c.given++
			c.widths = append(c.widths, b.Upper/truth)
			if b.Upper >= truth {
				c.covered++
			}
		}
	}
	return c
}

// Where a run met a slow mode at least twenty times, the bounds that are given cover
// the truth. The named cases are those on which they did not.
func TestModesAreCovered(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of complete estimates")
	}
	exponential, gamma := family.Pareto("exponential", 0), family.Gamma("gamma8", 8)
	for i, c := range []struct {
		f family.Family
		n int
	}{
		{family.Mixture(exponential, exponential.Moved("×3", 3, 0), 0.002), 20_000},
		{family.Mixture(exponential, exponential.Moved("×3", 3, 0), 0.004), 5000},
		{family.Mixture(gamma, gamma.Moved("moved by 8", 1, 8), 0.1), 2000},
	} {
		got := cover(c.f, uint64(1000+i), c.n, 60)
		t.Logf("%s, n %d: %d given, %.3f covered", c.f.Name, c.n, got.given, got.share())
		if given := float64(got.given); stat.RateUpper(float64(got.covered), given, 0.975) < 0.9 {
			t.Errorf("%s, n %d: %d of %d bounds cover", c.f.Name, c.n, got.covered, got.given)
		}
	}
}

// TestSoakModeCoverage measures coverage, refusals and width over kinds and mixtures,
// with a table for docs/evidence in the directory that MEMKIT_EVIDENCE names.
// MEMKIT_REPS samples are drawn of each, 1,000 by default, of MEMKIT_N values only
// where that is set.
func TestSoakModeCoverage(t *testing.T) {
	if !soak() {
		t.Skip("set MEMKIT_SOAK=1: some hundred thousand complete estimates")
	}
	reps := 1000
	only := 0
	_, _ = fmt.Sscan(os.Getenv("MEMKIT_REPS"), &reps)
	_, _ = fmt.Sscan(os.Getenv("MEMKIT_N"), &only)
	var table strings.Builder
	line := func(f family.Family, share string, n int, seed uint64, reps int) {
		if only > 0 && n != only {
			return
		}
		c := cover(f, seed, n, reps)
		low, high := stat.RateLower(float64(c.covered), float64(c.given), 0.975), stat.RateUpper(float64(c.covered), float64(c.given), 0.975)
		text := fmt.Sprintf("| %s | %s | %d | %d | %.1f%% | %.3f (%.3f–%.3f) | %.2f |", f.Name, share, n, reps,
			100*(1-float64(c.given)/float64(reps)), c.share(), low, high, stat.Quantile(stat.SortedCopy(c.widths), 0.5))
		fmt.Fprintln(&table, text)
		t.Log(text)
	}
	for i, n := range []int{2000, 5000, 20_000, 200_000} {
		for j, kind := range family.Bases() {
			line(kind.Family(), "", n, uint64(1000*i+j), reps)
		}
	}
	for i, c := range []struct {
		n     int
		share float64
	}{{2000, 0.01}, {5000, 0.004}, {20_000, 0.001}, {20_000, 0.002}, {20_000, 0.01}, {200_000, 0.0001}, {200_000, 0.0003}, {200_000, 0.001}} {
		for j, f := range family.Modes(c.share) {
			line(f, fmt.Sprintf("%g", c.share), c.n, uint64(100_000+1000*i+j), reps)
		}
	}
	if dir := os.Getenv("MEMKIT_EVIDENCE"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "modes.txt"), []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
