package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Sorting by digits gives what comparisons give, on both sides of its threshold.
func TestSort(t *testing.T) {
	for _, c := range []struct {
		name string
		draw func(rng *rand.Rand, i int) float64
	}{
		{"latencies", func(rng *rand.Rand, _ int) float64 { return 1e5 * rng.ExpFloat64() }},
		{"signed", func(rng *rand.Rand, _ int) float64 { return rng.NormFloat64() }},
		{"ties", func(rng *rand.Rand, _ int) float64 { return float64(rng.IntN(9) - 4) }},
		{"any", func(rng *rand.Rand, _ int) float64 {
			for {
				if v := math.Float64frombits(rng.Uint64()); !math.IsNaN(v) {
					return v
				}
			}
		}},
		{"far from zero", func(rng *rand.Rand, _ int) float64 { return 1e15 + 1e6*rng.Float64() }},
		{"some close", func(rng *rand.Rand, i int) float64 { return float64(i%(radixSorted/2)) + 1e-9*rng.Float64() }},
		{"few close", func(rng *rand.Rand, i int) float64 { return float64(i/40*40) + 1e-9*rng.Float64()*float64(i%40/37) }},
		{"equal", func(*rand.Rand, int) float64 { return 47 }},
		{"mostly equal", func(_ *rand.Rand, i int) float64 { return float64(47 + i%4/3*1000) }},
	} {
		for _, n := range []int{0, 1, radixSorted - 1, radixSorted, 5 * radixSorted, fewSorted + 1} {
			rng := rand.New(rand.NewPCG(3, uint64(n)))
			x := make([]float64, n)
			for i := range x {
				x[i] = c.draw(rng, i)
			}
			want := slices.Sorted(slices.Values(x))
			if Sort(x); !slices.Equal(x, want) {
				t.Errorf("%s, %d values: not in order", c.name, n)
			}
		}
	}
}

// Sorting a million latencies, by digits and by comparisons.
func BenchmarkSort(b *testing.B) {
	x := make([]float64, 1_000_000)
	for name, sort := range map[string]func([]float64){"digits": Sort, "comparisons": slices.Sort[[]float64]} {
		b.Run(name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(3, 4))
			for range b.N {
				b.StopTimer()
				for i := range x {
					x[i] = rng.ExpFloat64()
				}
				b.StartTimer()
				sort(x)
			}
		})
	}
}
