package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// shuffled is 1 … n in random order: a value is its rank.
func shuffled(seed uint64, n int) *Sample {
	rng := rand.New(rand.NewPCG(seed, 3))
	x := make([]float64, n)
	for i, v := range rng.Perm(n) {
		x[i] = float64(v + 1)
	}
	return NewSample([][]float64{x})
}

// The limits are the very order statistics of the binomial distribution: the next one
// would err more often than allowed.
func TestLimitsHaveTheirRank(t *testing.T) {
	const alpha = 0.05
	for seed, n := range []int{2000, 3000, 20_000} {
		s := shuffled(uint64(seed), n)
		for _, p := range []float64{0.5, 0.9, 0.98} {
			effect := s.DesignEffect(p)
			lower, upper := s.Limits(p, 1-alpha, 1-alpha)
			if math.IsNaN(upper) {
				continue // bursts by chance
			}
			size := float64(n) / effect
			// m values lie beyond the upper limit, k at or beyond the lower one.
			m, k := float64(n)-upper, float64(n)-lower+1
			if now, next := BinomialAtMost(m/effect, size, 1-p), BinomialAtMost((m+1)/effect, size, 1-p); !(now <= alpha && next > alpha) {
				t.Errorf("n %d, p %v: upper rank %v errs with %.4f, the next with %.4f", n, p, upper, now, next)
			}
			if now, next := BinomialAtLeast(k/effect, size, 1-p), BinomialAtLeast((k-1)/effect, size, 1-p); !(now <= alpha && next > alpha) {
				t.Errorf("n %d, p %v: lower rank %v errs with %.4f, the next with %.4f", n, p, lower, now, next)
			}
		}
	}
}

// The p-value between processes is that of the smaller of two tests, doubled.
func TestBetweenIsDoubled(t *testing.T) {
	if stat, p, ok := Between(shuffled(1, 1000)); ok {
		t.Errorf("one process is compared: %v, p = %v", stat, p)
	}
	rng := rand.New(rand.NewPCG(4, 9))
	rejected := 0
	const runs, level = 600, 0.1
	for range runs {
		parts := make([][]float64, 4)
		for k := range parts {
			parts[k] = make([]float64, 160)
			for i := range parts[k] {
				parts[k][i] = rng.ExpFloat64()
			}
		}
		s := NewSample(parts)
		stat, p, ok := Between(s)
		if !ok {
			t.Fatal("four processes are not compared")
		}
		var medians [][]float64
		for _, part := range parts {
			var m []float64
			for lo := 0; lo < len(part); lo += 20 {
				m = append(m, Quantile(SortedCopy(part[lo:lo+20]), 0.5))
			}
			medians = append(medians, m)
		}
		if h, single := kruskalWallis(medians); h == stat && math.Abs(p-min(1, 2*single)) > 1e-12 {
			t.Fatalf("p %v of a test with %v", p, single)
		}
		if p <= level {
			rejected++
		}
	}
	if p := BinomialAtLeast(float64(rejected), runs, level); p < 0.001 {
		t.Errorf("%d of %d runs of equal processes rejected at %v", rejected, runs, level)
	}
}

// Processes that differ in their tail alone differ.
func TestBetweenSeesTheTail(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	parts := make([][]float64, 4)
	for k := range parts {
		for range 4000 {
			v := rng.ExpFloat64()
			if k == 1 && v > 3 {
				v *= 3
			}
			parts[k] = append(parts[k], v)
		}
	}
	if _, p, ok := Between(NewSample(parts)); !ok || p > 0.001 {
		t.Errorf("one tail three times as long: p = %v, %v", p, ok)
	}
}

// Bursts are counted, and independent exceedances form none.
func TestBursts(t *testing.T) {
	x := make([]float64, 20_000)
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range x {
		x[i] = rng.ExpFloat64()
	}
	s := NewSample([][]float64{x})
	if bursts, few := s.BurstsAt(0.99); bursts != 0 || few {
		t.Errorf("independent: %d bursts", bursts)
	}
	for k, want := range map[int]bool{4: true, 8: true, 12: false, 13: false} {
		y := append([]float64(nil), x...)
		for b := range k {
			for i := range 12 {
				y[500+1500*b+2*i] += 9
			}
		}
		s := NewSample([][]float64{y})
		bursts, few := s.BurstsAt(0.99)
		if _, upper := s.Limits(0.99, 0.95, 0.95); (upper == s.Largest()) != want {
			t.Errorf("%d bursts: upper limit %v", k, upper)
		}
		if bursts != k || few != want {
			t.Errorf("%d bursts: %d counted, few %v", k, bursts, few)
		}
	}
}

// TestBurstsOfTheTail: bursts are looked for among the hundred largest samples where
// the quantile itself has fewer beyond it.
func TestBurstsOfTheTail(t *testing.T) {
	x := make([]float64, 20_000)
	rng := rand.New(rand.NewPCG(7, 9))
	for i := range x {
		x[i] = rng.ExpFloat64()
	}
	for b := range 3 {
		for i := range 40 {
			x[4000*b+2*i] += 20
		}
	}
	if bursts, few := NewSample([][]float64{x}).BurstsAt(0.9999); bursts != 3 || !few {
		t.Errorf("%d bursts, few %v; want 3 beyond the level of a hundred samples", bursts, few)
	}
}

// TestExtremalIndexOfShortTimes: times of 1 and 2 between exceedances have a form of
// their own, in which the larger of them counts as it is (Ferro & Segers 2003,
// equation 4).
func TestExtremalIndexOfShortTimes(t *testing.T) {
	x := []float64{1, 1, 0, 1, 1, 1, 0, 1} // times 1, 2, 1, 1, 2
	theta, _, intervals := ExtremalIndex([][]float64{x}, 0.5)
	if want := 1.0; intervals != 5 || theta != want {
		t.Errorf("index %v of %d times, want %v of 5", theta, intervals, want)
	}
	x = make([]float64, 0, 60)
	for range 20 {
		x = append(x, 1, 1, 0) // times 1 and 2
	}
	if _, se, _ := ExtremalIndex([][]float64{x}, 0.5); se != 1 {
		t.Errorf("the standard error is %v, want 1: nothing is known", se)
	}
}

// TestKruskalWallis: the example of R's kruskal.test (Hollander & Wolfe 1973, p. 116),
// and one with ties by hand: rank sums 6.5 and 14.5 of six, 3·(2³−2) for the ties.
func TestKruskalWallis(t *testing.T) {
	for _, c := range []struct {
		groups [][]float64
		h, p   float64
	}{
		{[][]float64{{2.9, 3.0, 2.5, 2.6, 3.2}, {3.8, 2.7, 4.0, 2.4}, {2.8, 3.4, 3.7, 2.2, 2.0}}, 0.77143, math.Exp(-0.77143 / 2)},
		{[][]float64{{1, 1, 2}, {2, 3, 3}}, 10.0 / 3, math.Erfc(math.Sqrt(10.0 / 3 / 2))},
		{[][]float64{{7, 7}, {7, 7}}, 0, 1},
	} {
		if h, p := kruskalWallis(c.groups); math.Abs(h-c.h) > 1e-5 || math.Abs(p-c.p) > 1e-5 {
			t.Errorf("%v: %v, p = %v; want %v, p = %v", c.groups, h, p, c.h, c.p)
		}
	}
}

// Few long bursts of a weak mode show, though exceedances within them are far apart; a
// level that wanders a little is no mode, and chance seldom looks like one.
func TestWeakBursts(t *testing.T) {
	const n, reps = 2000, 100
	for _, c := range []struct {
		name      string
		slower    func(i int) float64
		low, high int
	}{
		{"three bursts of thirty", func(i int) float64 {
			if i%600 < 30 && i < 1800 {
				return 3
			}
			return 1
		}, reps * 8 / 10, reps},
		{"halves that differ by a tenth", func(i int) float64 { return 1 + 0.1*float64(2*i/n) }, 0, reps / 10},
		{"independent", func(int) float64 { return 1 }, 0, reps / 20},
	} {
		few, shown := 0, 0
		for rep := range reps {
			rng := rand.New(rand.NewPCG(11, uint64(rep)))
			x := make([]float64, n)
			for i := range x {
				x[i] = c.slower(i) * rng.ExpFloat64()
			}
			if met, ok := NewSample([][]float64{x}).BurstsAt(0.95); ok {
				few++
				shown += met
			}
		}
		if few < c.low || few > c.high {
			t.Errorf("%s: few bursts in %d of %d runs, want %d to %d", c.name, few, reps, c.low, c.high)
		}
		if mean := float64(shown) / float64(few); c.low > 0 && !(mean > 2 && mean < 4) {
			t.Errorf("%s: %.1f shown", c.name, mean)
		}
	}
}

// TestClustersOfNeighbours: two exceedances one sample apart are one cluster where the
// gap between clusters is one sample, and two where they are two apart.
func TestClustersOfNeighbours(t *testing.T) {
	for distance, want := range map[int]float64{1: 25, 2: 25, 3: 50} {
		x := make([]float64, 1000) // 50 exceedances, 20 apart on average: a gap of 1
		for k := range 25 {
			x[40*k], x[40*k+distance] = 1, 1
		}
		s := NewSample([][]float64{x})
		s.Theta = 1
		if got := s.Clusters(0.5); got != want {
			t.Errorf("pairs %d samples apart: %v clusters, want %v", distance, got, want)
		}
	}
}

// TestIndexLowerLimit: the lower limit of the extremal index is one-sided, at 95%.
func TestIndexLowerLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x := make([]float64, 5000)
	for i := range x {
		x[i] = rng.ExpFloat64()
		if i > 0 {
			x[i] = max(x[i], 0.7*x[i-1])
		}
	}
	s := NewSample([][]float64{x})
	theta, lower := 1.0, 1.0
	for _, share := range extremalLevels {
		t, se, _ := ExtremalIndex(s.parts, s.Quantile(1-share))
		theta, lower = min(theta, t), min(lower, t-1.645*se)
	}
	if s.Theta != theta || s.ThetaLower != lower || !(0 < lower && lower < theta && theta < 1) {
		t.Errorf("index %v, at least %v; want %v, at least %v", s.Theta, s.ThetaLower, theta, lower)
	}
}
