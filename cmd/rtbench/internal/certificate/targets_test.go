package certificate

import (
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

func TestTargetsSpanTheTail(t *testing.T) {
	for _, c := range []struct {
		n     int
		asked []float64
		want  []float64
	}{
		{0, nil, []float64{1e-6, 1e-2, 1e-3, 1e-4, 1e-5}},
		{10_000, nil, []float64{1e-6, 1e-3, 1e-4, 1e-5}},
		{1_000_000, nil, []float64{1e-6, 1e-5}},
		{100_000_000, nil, []float64{1e-6}},
		{10_000, []float64{3e-5}, []float64{3e-5, 1e-3, 1e-4}},
		{10_000, []float64{1e-2}, []float64{1e-2}},
	} {
		p := wcet.Population{Latency: []record.Series{{Samples: make([]int64, c.n)}}}
		got := targets(p, c.asked)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return a/b > .999 && a/b < 1.001 }) {
			t.Errorf("%d samples, asked %v: %v, want %v", c.n, c.asked, got, c.want)
		}
	}
}
