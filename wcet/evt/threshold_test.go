package evt

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/reference"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// candidates with the given p-values, shapes and exceedances, for choose.
func candidates(p, shapes []float64, k []int) []scanned {
	stops := forwardStop(p)
	var list []scanned
	for i := range p {
		fit := &gpdFit{scale: 1, shape: shapes[i]}
		fit.n = float64(k[i])
		list = append(list, scanned{
			Candidate: Candidate{Threshold: float64(i), Exceedances: k[i], Scale: 1, Shape: shapes[i], P: p[i], ForwardStop: stops[i]},
			rate:      float64(k[i]) / 5000,
			fit:       fit,
		})
	}
	return list
}

func TestChoose(t *testing.T) {
	k := []int{500, 400, 320, 256}
	flat := []float64{0.1, 0.1, 0.1, 0.1}
	for _, c := range []struct {
		name   string
		p      []float64
		shapes []float64
		want   int
		fits   bool
	}{
		{"all fit", []float64{0.5, 0.6, 0.4, 0.7}, flat, 0, true},
		{"the lowest two do not", []float64{0.001, 0.01, 0.4, 0.7}, flat, 2, true},
		{"a single low p among high ones is chance", []float64{0.5, 0.001, 0.4, 0.7}, flat, 0, true},
		{"none fits", []float64{1e-4, 1e-4, 1e-4, 1e-4}, flat, 3, false},
		{"the shape settles late", []float64{0.5, 0.6, 0.4, 0.7}, []float64{-0.4, 0.1, 0.1, 0.1}, 1, true},
	} {
		if got, fits := choose(candidates(c.p, c.shapes, k), 5000); got != c.want || fits != c.fits {
			t.Errorf("%s: candidate %d, fits %v; want %d, %v", c.name, got, fits, c.want, c.fits)
		}
	}
}

func TestScan(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	x := make([]float64, 20000)
	for i := range x {
		x[i] = rng.ExpFloat64()
	}
	list := scan(NewSample([][]float64{x}), 0, false, Options{})
	if len(list) != 11 || list[0].Exceedances != 500 || list[10].Exceedances != 53 {
		t.Fatalf("%d candidates from %d to %d exceedances", len(list), list[0].Exceedances, list[len(list)-1].Exceedances)
	}
	for i, c := range list {
		if i > 0 && c.Threshold <= list[i-1].Threshold {
			t.Errorf("thresholds do not rise: %+v", c)
		}
		reference.Near(t, "rate", c.rate, float64(c.Exceedances)/20000, 0)
		value, variance := c.quantile(1e-6)
		reference.Near(t, "quantile", value, -math.Log(1e-6), 4*math.Sqrt(variance))
	}
}

func TestTimerStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 7))
	draw := func(f func(v float64) float64) []float64 {
		x := make([]float64, 5000)
		for i := range x {
			x[i] = f(rng.ExpFloat64())
		}
		slices.Sort(x)
		return x
	}
	irregular := []float64{1, 2.3, 4.71, 5.002}
	for _, c := range []struct {
		name string
		x    []float64
		want float64
	}{
		{"continuous", draw(func(v float64) float64 { return v }), 0},
		{"steps of 50", draw(func(v float64) float64 { return 7 + 50*math.Round(20*v) }), 50},
		{"steps of 0.1", draw(func(v float64) float64 { return math.Round(50*v) / 10 }), 0.1},
		{"fine steps without ties", draw(func(v float64) float64 { return math.Round(1e9 * v) }), 0},
		{"repeated, on no grid", draw(func(v float64) float64 { return irregular[int(v*1e6)%4] }), 0},
	} {
		if got := timerStep(c.x); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

func TestMeanExcessReference(t *testing.T) {
	for _, row := range reference.Table(t, "mrl_cv.csv") {
		sorted := stat.SortedCopy(reference.Set(t, row["file"]))
		e := newExcesses(sorted, reference.Field(t, row, "u"), 0)
		mean, cv := e.moments()
		reference.Near(t, row["file"]+" nexc", e.n, reference.Field(t, row, "nexc"), 0)
		reference.Near(t, row["file"]+" mean excess", mean, reference.Field(t, row, "mean_excess"), 1e-8*mean)
		reference.Near(t, row["file"]+" cv", cv, reference.Field(t, row, "cv"), 1e-8*cv)
	}
}
