package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/reference"
)

// withLimits makes everything beyond a few values "many", for the length of a test.
func withLimits(t *testing.T, top, halves int) {
	t.Helper()
	oldTop, oldHalves := KeptTop, HalvesCompared
	KeptTop, HalvesCompared = top, halves
	t.Cleanup(func() { KeptTop, HalvesCompared = oldTop, oldHalves })
}

// checkOrders compares every answer of o with a sorted copy.
func checkOrders(t *testing.T, o Orders, parts [][]float64) {
	t.Helper()
	all := slices.Sorted(slices.Values(slices.Concat(parts...)))
	if o.N() != len(all) {
		t.Fatalf("%d values, want %d", o.N(), len(all))
	}
	for i, want := range all {
		if got := o.At(i); got != want {
			t.Fatalf("rank %d: %v, want %v", i, got, want)
		}
	}
	for _, u := range append(slices.Clone(all), all[0]-1, all[len(all)-1]+1) {
		i, _ := slices.BinarySearch(all, math.Nextafter(u, math.Inf(1)))
		if got := o.Exceedances(u); !slices.Equal(got, all[i:]) || o.Above(u) != len(got) {
			t.Fatalf("beyond %v: %v (%d), want %v", u, got, o.Above(u), all[i:])
		}
	}
	for p := 0.0; p <= 1; p += 1.0 / 64 {
		if got, want := o.Quantile(p), Quantile(all, p); got != want {
			t.Fatalf("quantile %v: %v, want %v", p, got, want)
		}
	}
}

func TestOrdersAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	draws := map[string]func() float64{
		"any bits": func() float64 {
			for {
				if v := math.Float64frombits(rng.Uint64()); !math.IsNaN(v) {
					return v
				}
			}
		},
		"latencies":  func() float64 { return math.Round(1e5 * rng.ExpFloat64()) },
		"ties":       func() float64 { return float64(rng.IntN(3)) - 1 },
		"mostly one": func() float64 { return max(7, 8*rng.Float64()) },
	}
	for name, draw := range draws {
		for _, n := range []int{1, 2, 31, 33, 70} {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				x := make([]float64, n)
				for i := range x {
					x[i] = draw()
				}
				withLimits(t, 8, 1<<20)
				for _, parts := range [][][]float64{{x}, {x[:n/3], nil, x[n/3:]}} {
					checkOrders(t, NewOrders(parts), parts)
					if n != 31 {
						continue
					}
					for _, level := range []float64{x[0], slices.Max(x)} {
						checkOrders(t, NewTail(parts, level), parts)
					}
				}
			})
		}
	}
}

// The blocked sums are those of the definition.
func TestAutocovariances(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 2, 5, 30, covarianceBlock - 1, covarianceBlock, covarianceBlock + 2, 3*covarianceBlock + 17} {
		for _, lag := range []int{0, 1, 3, 10, 26} {
			x := make([]float64, n)
			for i := range x {
				x[i] = rng.ExpFloat64()
			}
			const level = 1.2
			indicator := make([]float64, n)
			for i, v := range x {
				if v > level {
					indicator[i] = 1
				}
			}
			tail, share := exceedanceCovariances(x, level, lag)
			body := autocovariances(x, Mean(x), lag)
			if share != Mean(indicator) || len(body) != min(lag, n-1)+1 || len(tail) != len(body) {
				t.Fatalf("n %d, lag %d: share %v, %d and %d lags", n, lag, share, len(body), len(tail))
			}
			for k := range body {
				reference.Near(t, "body", body[k], autocovariance(x, Mean(x), k), 1e-9*float64(n))
				reference.Near(t, "tail", tail[k], autocovariance(indicator, share, k), 1e-9*float64(n))
			}
			reference.Near(t, "partial sums", exceedancePartialSquares(x, level, share), partialSquares(indicator, share), 1e-9*float64(n*n))
		}
	}
}

// autocovariance is the definition.
func autocovariance(x []float64, mean float64, k int) (sum float64) {
	for i := k; i < len(x); i++ {
		sum += (x[i-k] - mean) * (x[i] - mean)
	}
	return sum
}

// Comparing a half with the sorted whole gives what comparing two sorted halves gives,
// ties and all.
func TestKSHalvesOfSorted(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{2, 3, 25, 100, 2 * radixSorted} {
		for name, draw := range map[string]func(i int) float64{
			"latencies":    func(int) float64 { return 1e5 * rng.ExpFloat64() },
			"ties":         func(int) float64 { return float64(rng.IntN(3) - 1) },
			"equal":        func(int) float64 { return 47 },
			"second later": func(i int) float64 { return float64(2*i/n) + rng.Float64()/2 },
			"signed zeros": func(i int) float64 { return math.Copysign(0, float64(i%2)-0.5) },
		} {
			x := make([]float64, n)
			for i := range x {
				x[i] = draw(i)
			}
			d, p := ksHalves(x, NewOrders([][]float64{x}))
			if wantD, wantP := KSHalves(x); math.Abs(d-wantD) > 1e-15 || math.Abs(p-wantP) > 1e-12 {
				t.Errorf("%s, n %d: %v, %v, want %v, %v", name, n, d, p, wantD, wantP)
			}
		}
	}
}
