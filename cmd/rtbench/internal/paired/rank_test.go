package paired

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSignTest against all changes of signs.
func TestSignTest(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for n := 1; n <= 10; n++ {
		d := make([]float64, n)
		for i := range d {
			d[i] = math.Round(4*rng.NormFloat64()) / 4 // with ties and zeros
		}
		test := &signTest{d: d}
		for _, sign := range []int{1, -1} {
			above, below := test.score(0)
			reached := above
			if sign < 0 {
				reached = below
			}
			scores := slices.Clone(test.scores)
			hits := 0
			for signs := range 1 << n {
				sum := 0
				for i, s := range scores {
					sum += signs >> i & 1 * s
				}
				if sum >= reached {
					hits++
				}
			}
			want := float64(hits) / float64(int(1)<<n)
			if got := test.atLeast(0, sign); math.Abs(got-want) > 1e-12 {
				t.Errorf("n=%d, sign %d: %g, want %g", n, sign, got, want)
			}
		}
	}
}

// TestScoresAreClipped: a difference counts by its distance up to the median one.
func TestScoresAreClipped(t *testing.T) {
	test := &signTest{d: []float64{0, 1, -2, 4, -1000}}
	above, below := test.score(0)
	if want := []int{0, 1 + (steps-1)/2, steps, steps, steps}; !slices.Equal(test.scores, want) || above != want[1]+steps || below != 2*steps {
		t.Errorf("%v, %d above, %d below, want %v", test.scores, above, below, want)
	}
}

// TestRankSumCounts against all orders of two groups.
func TestRankSumCounts(t *testing.T) {
	for m := 1; m <= 5; m++ {
		for n := 1; n <= 5; n++ {
			want := make([]float64, m*n+1)
			for first := range uint(1 << (m + n)) {
				if bits.OnesCount(first) != m {
					continue
				}
				u, others := 0, 0
				for i := range m + n {
					if first>>i&1 == 1 {
						u += others
					} else {
						others++
					}
				}
				want[u]++
			}
			if got := rankSumCounts(m, n); !slices.Equal(got, want) {
				t.Errorf("%d and %d: %v, want %v", m, n, got, want)
			}
		}
	}
}

// TestTails: the normal approximation goes on where the exact counts end, and the
// published critical values hold (Hollander, Wolfe & Chicken 2014, tables A.4, A.6).
func TestTails(t *testing.T) {
	for _, c := range []struct {
		got, want int
		what      string
	}{
		{rankSumTail(3, 3, .025), -1, "3 and 3 at 95%"},
		{rankSumTail(5, 5, .025), 2, "5 and 5 at 95%"},
		{rankSumTail(10, 10, .025), 23, "10 and 10 at 95%"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
	near := func(what string, exact, normal int) {
		if d := math.Abs(float64(exact - normal)); d > 2 {
			t.Errorf("%s: exact %d, normal %d", what, exact, normal)
		}
	}
	near("51 and 40", tailCount(rankSumCounts(51, 40), .01), rankSumTail(51, 40, .01))
}

// TestIntervalsCover: the limits hold as often as they say, also where a neighbour
// disturbs some rounds.
func TestIntervalsCover(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const runs, n, shift = 600, 12, .3
	covered := [2]int{}
	for range runs {
		d, a, b := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			noise := func() float64 {
				x := rng.NormFloat64()
				if rng.Float64() < .1 {
					x += 30 * rng.ExpFloat64()
				}
				return x
			}
			a[i], b[i] = noise(), shift+noise()
			d[i] = b[i] - a[i]
		}
		for k, i := range []interval{signed(d, .95), rankSum(a, b, .95)} {
			if i.lower <= shift && shift <= i.upper {
				covered[k]++
			}
		}
	}
	for k, c := range covered {
		if share := float64(c) / runs; share < .93 || share > .98 {
			t.Errorf("interval %d covers in %.3f, want about .955", k, share)
		}
	}
}

func TestLimitsOfNothing(t *testing.T) {
	if i := signed(nil, .95); !math.IsNaN(i.effect) || !math.IsInf(i.lower, -1) {
		t.Errorf("%+v", i)
	}
	if i := signed([]float64{1}, .95); math.Abs(i.effect-1) > 1e-9 || !math.IsInf(i.lower, -1) || !math.IsInf(i.upper, 1) {
		t.Errorf("%+v", i)
	}
	// Three of each side show no difference at 95%, however great.
	if i := rankSum([]float64{1, 2, 3}, []float64{7, 8, 9}, .95); i.effect != 6 || !math.IsInf(i.lower, -1) || !math.IsInf(i.upper, 1) {
		t.Errorf("%+v", i)
	}
	if i := rankSum([]float64{1}, nil, .95); !math.IsNaN(i.effect) {
		t.Errorf("%+v", i)
	}
}
