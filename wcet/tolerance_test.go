package wcet

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The texts say whose limits they are, and from 29 processes on what holds for nine
// in ten of all.
func TestLimitsAreOfTheseProcesses(t *testing.T) {
	few := evaluateOne(t, quantileBudget("a", 0.9, 6000), drawn("a", 5, 500, exponential(1000)))
	if !strings.Contains(few.Why, "of these 5 processes") || strings.Contains(few.Why, "nine in ten") || !math.IsNaN(few.Population) {
		t.Errorf("%s, %v", few.Why, few.Population)
	}
	many := evaluateOne(t, quantileBudget("a", 0.9, 6000), drawn("a", 29, 200, exponential(1000)))
	if !strings.Contains(many.Why, "of these 29 processes") || !strings.Contains(many.Why, "nine in ten") || many.Population < 2302 {
		t.Errorf("%s, %v", many.Why, many.Population)
	}
}

// In 95% of all runs the bound lies above the 90% quantile of processes.
func TestToleranceCovers(t *testing.T) {
	const runs = 2000
	for processes, want := range map[int]int{29: 0, 46: 1} {
		covered := 0
		for run := range runs {
			rng := rand.New(rand.NewPCG(uint64(run), uint64(processes)))
			values := map[int]float64{}
			for i := range processes {
				values[i] = rng.Float64()
			}
			if tolerance(values) >= toleranceShare {
				covered++
			}
		}
		if share := float64(covered) / runs; share < 0.94 || share > 0.97 {
			t.Errorf("%d processes, %d values left out: %.3f covered", processes, want, share)
		}
	}
	if v := tolerance(map[int]float64{0: 1, 1: 2}); !math.IsNaN(v) {
		t.Errorf("two processes: %v", v)
	}
}
