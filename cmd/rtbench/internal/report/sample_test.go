package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/dist"
)

func population(processes ...[]int64) wcet.Population {
	var p wcet.Population
	for i, samples := range processes {
		p.Latency = append(p.Latency, record.Series{Process: i, Samples: samples})
	}
	return p
}

func heavy(rng *rand.Rand, n int) []int64 {
	samples := make([]int64, n)
	for i := range samples {
		samples[i] = int64(100 * math.Pow(rng.Float64(), -0.7))
	}
	return samples
}

// Decimation keeps the ends, every one of the largest samples and the exact
// share at each point it keeps.
func TestExceedanceKeepsExtremes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, keptTail, keptTail + 1, 1000, 30_000} {
		s := newSample(population(heavy(rng, n)))
		points := exceedance(s.sorted)
		if points[0].x != s.least() || points[0].y != 1 {
			t.Errorf("n=%d: begins at %v", n, points[0])
		}
		last := points[len(points)-1]
		if last.x != s.most() {
			t.Errorf("n=%d: ends at %v, the largest is %v", n, last, s.most())
		}
		for _, v := range s.sorted[max(0, n-keptTail):] {
			if !slices.ContainsFunc(points, func(p point) bool { return p.x == float64(v) }) {
				t.Errorf("n=%d: %d of the largest samples is gone", n, v)
			}
		}
		for i, p := range points {
			exact := 0
			for _, v := range s.sorted {
				if float64(v) >= p.x {
					exact++
				}
			}
			if p.y != float64(exact)/float64(n) {
				t.Fatalf("n=%d: share %v at %v, exactly %d/%d", n, p.y, p.x, exact, n)
			}
			if i > 0 && (p.x <= points[i-1].x || p.y >= points[i-1].y) {
				t.Fatalf("n=%d: not monotone at %v", n, p)
			}
		}
		if len(points) > 600 {
			t.Errorf("n=%d: %d points", n, len(points))
		}
	}
}

func TestExceedanceCountsWhatALogAxisCannotShow(t *testing.T) {
	points := exceedance([]int64{-5, 0, 10, 20})
	want := []point{{10, 0.5}, {20, 0.25}}
	if !slices.Equal(points, want) {
		t.Errorf("got %v, want %v", points, want)
	}
}

func TestHistogramCountsEverySample(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, samples := range [][]int64{{1}, {7, 7, 7}, {1, 1_000_000_000}, heavy(rng, 5000), {20, 21, 22, 23, 24, 25}} {
		s := newSample(population(samples))
		bars := histogram(s)
		nominal := math.Log((s.most()+0.5)/(s.least()-0.5)) / bins
		total := 0.0
		for i, b := range bars {
			total += b.height * math.Log(b.to/b.from) / nominal
			if b.to <= b.from || i > 0 && b.from != bars[i-1].to {
				t.Errorf("bins do not follow each other: %v", b)
			}
			if _, f := math.Modf(b.to); f != 0.5 {
				t.Errorf("edge %v is not between integers", b.to)
			}
		}
		if math.Abs(total-float64(len(samples))) > 1e-6*float64(len(samples)) {
			t.Errorf("%d samples, %v in bins", len(samples), total)
		}
		if len(bars) > bins+2 {
			t.Errorf("%d bins", len(bars))
		}
	}
}

func TestColumnsKeepExtremesInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 5, columns, columns + 1, 12_345} {
		samples := heavy(rng, n)
		cols := columnsOf(samples, 100, 2, columns)
		if len(cols) > columns {
			t.Errorf("n=%d: %d columns", n, len(cols))
		}
		least, most := math.Inf(1), 0.0
		for i, c := range cols {
			least, most = math.Min(least, c.least), math.Max(most, c.most)
			if c.least > c.median || c.median > c.most || i > 0 && c.x <= cols[i-1].x {
				t.Fatalf("n=%d: column %+v", n, c)
			}
		}
		if least != float64(slices.Min(samples)) || most != float64(slices.Max(samples)) {
			t.Errorf("n=%d: %v to %v, the samples go from %v to %v", n, least, most, slices.Min(samples), slices.Max(samples))
		}
	}
	if cols := columnsOf([]int64{-1, 0}, 0, 1, 10); len(cols) != 0 {
		t.Errorf("nothing positive, yet %v", cols)
	}
}

func TestTailComesFromTheProcessThatWasFitted(t *testing.T) {
	s := newSample(population([]int64{1, 2, 3, 4}, []int64{10, 20, 30, 40}, []int64{1, 1, 1, 50}))
	fit := func(u float64, k int) *wcet.TailFit { return &wcet.TailFit{Threshold: u, Exceedances: k, Scale: 1} }

	pool := newTail(s, &wcet.Analysis{Tail: fit(3.5, 6)})
	if len(pool.fitted) != 6 || pool.share != 6.0/12 {
		t.Errorf("pool: %+v", pool)
	}
	worst := newTail(s, &wcet.Analysis{Tail: fit(2.5, 4), WorstProcess: true})
	if len(worst.fitted) != 4 || worst.share != 1 {
		t.Errorf("worst process by its count: %+v", worst)
	}
	// A bound tells the share that it was computed with: a quarter.
	bound := wcet.Bound{P: 0.25 * math.Exp(-7), Value: 9.5 + 7, Upper: 20, Method: "gpd-profile"}
	worst = newTail(s, &wcet.Analysis{Tail: fit(9.5, 2), WorstProcess: true, Bounds: []wcet.Bound{bound}})
	if worst.share != 0.25 || !slices.Equal(worst.fitted, []int64{50}) {
		t.Errorf("worst process by its bound: %+v", worst)
	}
	for _, broken := range []*wcet.TailFit{
		nil, {Threshold: 3, Scale: 0}, {Threshold: math.NaN(), Scale: 1}, {Threshold: 3, Scale: 1, Shape: math.NaN()},
		{Threshold: 3, Scale: math.Inf(1)}, {Threshold: 99, Scale: 1},
	} {
		if got := newTail(s, &wcet.Analysis{Tail: broken}); got != nil {
			t.Errorf("%+v gives %+v", broken, got)
		}
	}
	if newTail(s, nil) != nil {
		t.Error("a tail without an analysis")
	}
}

func TestClusterPeaks(t *testing.T) {
	processes := population(
		[]int64{0, 9, 7, 0, 0, 0, 8, 0, 6, 0}, // clusters of u=5: (9 7) (8 6), or (9 7) (8) (6)
		[]int64{5, 5, 7},
	).Latency
	for k, want := range map[int][]int64{
		5: {6, 7, 7, 8, 9}, 4: {6, 7, 8, 9}, 3: {7, 8, 9}, 2: {7, 9}, 1: {7, 9}, // a process is a cluster at least
	} {
		if got := clusterPeaks(processes, 5, k); !slices.Equal(got, want) {
			t.Errorf("%d clusters: %v, want %v", k, got, want)
		}
	}
	if got := clusterPeaks(processes, 100, 3); len(got) != 0 {
		t.Errorf("nothing exceeds 100, yet %v", got)
	}
}

func TestTailQuantileInvertsItsShare(t *testing.T) {
	tl := tail{GPD: dist.GPD{Threshold: 100, Scale: 10}, share: 0.01}
	if got := tl.quantile(0.01); got != 100 {
		t.Errorf("at the tail's own share: %v, want the threshold", got)
	}
	if got, want := tl.quantile(0.01/math.E), 110.0; math.Abs(got-want) > 1e-9 {
		t.Errorf("exponential tail one scale on: %v, want %v", got, want)
	}
}

func TestQQKeepsTheLargest(t *testing.T) {
	fitted := make([]int64, 5000)
	for i := range fitted {
		fitted[i] = int64(1000 + i)
	}
	points := qqPoints(&tail{dist.GPD{Threshold: 999, Scale: 1000, Shape: 0.1}, fitted, 5000, 0.1})
	if len(points) > keptPoints+keptTail+2 {
		t.Errorf("%d points", len(points))
	}
	if points[0].y != 1000 || points[len(points)-1].y != 5999 || points[len(points)-keptTail].y != float64(5999-keptTail+1) {
		t.Errorf("ends are gone: %v … %v", points[0], points[len(points)-1])
	}
}

// A sample's number tells its time only where (almost) every period has one.
func TestTimeLineAxis(t *testing.T) {
	series := func(periods float64) *sample {
		p := population(make([]int64, 1000))
		p.Latency[0].Period, p.Latency[0].Counters = 1e6, map[string]float64{"periods": periods}
		return newSample(p)
	}
	for periods, want := range map[float64]float64{0: 1e6, 1000: 1e6, 1009: 1e6, 1011: 0} {
		if got := series(periods).period(); got != want {
			t.Errorf("1000 samples in %v periods: period %v, want %v", periods, got, want)
		}
	}
	mixed := series(1000)
	mixed.processes = append(mixed.processes, record.Series{Samples: []int64{1}, Period: 2e6})
	if got := mixed.period(); got != 0 {
		t.Errorf("two periods, yet %v", got)
	}
}

func TestCauseText(t *testing.T) {
	for cause, want := range map[record.Cause]string{
		record.Unattributed:                "unattributed (kernel or host)",
		record.Steal:                       "stolen by the host",
		record.Steal | record.StoppedWorld: "stolen by the host, stop-the-world",
		1 << 15:                            "other",
	} {
		if got := causeText(cause); got != want {
			t.Errorf("%b: %q, want %q", cause, got, want)
		}
	}
}
