package history

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// energyOf is the statistic as it is defined, the oracle of scan.best.
func energyOf(x []float64, k int) float64 {
	mean := func(a, b []float64, same bool) float64 {
		sum, n := 0.0, 0
		for i, v := range a {
			for j, w := range b {
				if !same || i < j {
					sum += math.Abs(v - w)
					n++
				}
			}
		}
		return sum / float64(n)
	}
	a, b := x[:k], x[k:]
	m, n := float64(len(a)), float64(len(b))
	return m * n / (m + n) * (2*mean(a, b, false) - mean(a, a, true) - mean(b, b, true))
}

func TestBestIsTheGreatestEnergy(t *testing.T) {
	testenv.SkipInRaceRun(t)
	rng := rand.New(rand.NewPCG(1, 1))
	for n := 2 * Segment; n < 60; n += 7 {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Round(4*rng.NormFloat64()) / 4 // with ties
			if i > n/3 {
				x[i] += 1
			}
		}
		at, greatest := newScan(x).best()
		want, wantAt := math.Inf(-1), 0
		for k := Segment; k <= n-Segment; k++ {
			if q := energyOf(x, k); q > want {
				want, wantAt = q, k
			}
		}
		if math.Abs(greatest-want) > 1e-9 || at != wantAt && math.Abs(energyOf(x, at)-want) > 1e-9 {
			t.Errorf("n=%d: %g at %d, want %g at %d", n, greatest, at, want, wantAt)
		}
	}
}

// TestLevel: a stretch without a change is divided as rarely as stated.
func TestLevel(t *testing.T) {
	testenv.SkipInRaceRun(t)
	rng := rand.New(rand.NewPCG(2, 2))
	divided := 0
	const runs = 2000
	for range runs {
		x := make([]float64, 30)
		for i := range x {
			x[i] = rng.ExpFloat64()
		}
		if len(divide(x)) > 0 {
			divided++
		}
	}
	// 2,000 runs at .005 give 10±3.2.
	if divided > 22 {
		t.Errorf("divided in %d of %d", divided, runs)
	}
}

// TestLongSeries: windows see every change once, also where two overlap.
func TestLongSeries(t *testing.T) {
	testenv.SkipInRaceRun(t)
	rng := rand.New(rand.NewPCG(3, 3))
	x := make([]float64, 5*window)
	want := []int{100, window / 2, window, window + 40, 3*window - 7, 5*window - 20}
	for i := range x {
		x[i] = 100 * math.Exp(.02*rng.NormFloat64())
		for k, at := range want {
			if i >= at && k%2 == 0 {
				x[i] *= 1.2
			} else if i >= at {
				x[i] /= 1.2
			}
		}
	}
	changes := Changes(x, .01)
	if len(changes) != len(want) {
		t.Fatalf("%+v, want %v", changes, want)
	}
	for i, c := range changes {
		if d := c.At - want[i]; d < -1 || d > 1 {
			t.Errorf("at %d, want %d", c.At, want[i])
		}
		if up := i%2 == 0; up != (c.Effect > 0) || !(c.Lower < c.Effect && c.Effect < c.Upper) {
			t.Errorf("%+v", c)
		}
	}
}

func TestShortAndConstant(t *testing.T) {
	for _, n := range []int{0, 1, Segment, 2*Segment - 1, 2 * Segment, 200} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 5
		}
		if c := Changes(x, 0); len(c) != 0 {
			t.Errorf("%d equal points: %+v", n, c)
		}
	}
	// Without any noise a step is certain.
	x := make([]float64, 40)
	for i := range x {
		x[i] = 5
		if i >= 20 {
			x[i] = 6
		}
	}
	c := Changes(x, .01)
	if len(c) != 1 || c[0].At != 20 || math.Abs(c[0].Effect-.2) > 1e-12 || c[0].Before != c[0].After/1.2 && math.Abs(c[0].After-6) > 1e-9 {
		t.Errorf("%+v", c)
	}
	if c := Changes(x, .25); len(c) != 0 {
		t.Errorf("a change within the margin: %+v", c)
	}
}
