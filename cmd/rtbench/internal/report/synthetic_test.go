package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/evt"
)

// synthetic describes a made-up benchmark. The zero value has no samples.
type synthetic struct {
	name      string
	processes int
	// perProcess samples each.
	perProcess int
	// draw returns one latency in ns.
	draw   func(*rand.Rand) float64
	period int64
	checks []wcet.Check
	ratios map[string]float64
	// unsupported gives the reasons why the tail bound does not hold.
	unsupported []string
	// noTail leaves the tail unfitted.
	noTail bool
	// worst marks a worst-process analysis.
	worst bool
}

// bench makes the samples and the analysis that belongs to them. The analysis
// is rough: it has the shape of a real one, not its rigour.
func (s synthetic) bench(seed uint64) certificate.Bench {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := certificate.Bench{Name: s.name, Doc: "synthetic " + s.name, Unit: "ns", Ratios: s.ratios, RatioOf: "p99"}
	b.Population = wcet.Population{Name: s.name, Unit: "ns"}
	for p := range s.processes {
		series := record.Series{Name: s.name, Kind: record.Latency, Unit: "ns", Process: p, Ops: 1, Period: s.period}
		for range s.perProcess {
			series.Samples = append(series.Samples, int64(math.Max(1, s.draw(rng))))
		}
		series.Outliers = largest(series.Samples, rng)
		b.Outliers = append(b.Outliers, series.Outliers...)
		b.Population.Latency = append(b.Population.Latency, series)
	}
	b.Analysis = s.analysis(sortedSamples(b.Population.Latency))
	if s.checks != nil {
		b.Evaluation = &wcet.Evaluation{Benchmark: s.name, Checks: s.checks, Verdict: worstFirst(s.checks)[0].Verdict}
	}
	return b
}

// largest picks the eight largest samples and gives them causes in turn.
func largest(samples []int64, rng *rand.Rand) (out []record.Outlier) {
	index := make([]int, len(samples))
	for i := range index {
		index[i] = i
	}
	slices.SortFunc(index, func(a, b int) int { return int(samples[b] - samples[a]) })
	causes := []record.Cause{record.Unattributed, record.Steal, record.Switch | record.LostP, record.Steal}
	for _, i := range index[:min(8, len(index))] {
		out = append(out, record.Outlier{Index: int64(i), Value: samples[i], Cause: causes[rng.IntN(len(causes))]})
	}
	return out
}

func (s synthetic) analysis(sorted []int64) *wcet.Analysis {
	n := len(sorted)
	a := &wcet.Analysis{
		N: n, NEff: 0.8 * float64(n), Processes: s.processes, Mean: math.NaN(), Max: math.NaN(),
		ExtremalIndex: 0.83, WorstProcess: s.worst,
		Hypotheses: map[string]wcet.Hypothesis{
			"ljung-box":       {Stat: 12.4, P: 0.26},
			"kpss":            {Stat: 0.1, P: 0.1},
			"ks-halves":       {Stat: 0.008, P: 0.002, Reject: s.unsupported != nil},
			"between-process": {Stat: 3.3, P: 3.1e-9, Reject: s.worst},
		},
		Counters: map[string]float64{"periods": float64(n), "skipped": 0, "allocs": 0},
		Facts:    map[string]float64{"mode_strict": 1, "timer_ns": 28},
	}
	if n > 0 {
		sum := 0.0
		for _, v := range sorted {
			sum += float64(v)
		}
		a.Mean, a.Max = sum/float64(n), float64(sorted[n-1])
	}
	for _, p := range []float64{0.5, 0.99, 0.999, 0.9999} {
		a.Quantiles = append(a.Quantiles, orderLimits(sorted, p))
	}
	if !s.noTail && n >= 1000 {
		s.fitTail(a, sorted)
	}
	return a
}

// orderLimits moves 1.7 standard errors of a rank to each side.
func orderLimits(sorted []int64, p float64) wcet.Quantile {
	n := float64(len(sorted))
	q := wcet.Quantile{P: p, Estimate: math.NaN(), Lower: math.NaN(), Upper: math.NaN()}
	if n == 0 {
		return q
	}
	rank, spread := p*n, 1.7*math.Sqrt(n*p*(1-p))+1
	q.Estimate = float64(sorted[int(math.Min(rank, n-1))])
	if lo := int(rank - spread); lo >= 0 {
		q.Lower = float64(sorted[lo])
	}
	if hi := int(rank + spread); hi < len(sorted) {
		q.Upper = float64(sorted[hi])
	}
	return q
}

// fitTail matches the first two moments of the largest exceedances.
func (s synthetic) fitTail(a *wcet.Analysis, sorted []int64) {
	k := min(500, len(sorted)/10)
	u := float64(sorted[len(sorted)-k-1])
	var mean, square float64
	k = len(above(sorted, u))
	for _, v := range above(sorted, u) {
		e := float64(v) - u
		mean += e / float64(k)
		square += e * e / float64(k)
	}
	ratio := mean * mean / (square - mean*mean)
	shape := math.Max(-0.3, 0.5*(1-ratio))
	a.Tail = &wcet.TailFit{
		Threshold: u, Exceedances: k, Scale: 0.5 * mean * (ratio + 1), Shape: shape,
		ShapeLower: shape - 0.15, ShapeUpper: shape + 0.2,
	}
	t := tail{GPD: dist.GPD{Threshold: u, Scale: a.Tail.Scale, Shape: shape}, share: float64(k) / float64(len(sorted))}
	for k := 1.0; k <= 8; k *= 2 {
		c := evt.Candidate{Threshold: u + 10*k, Exceedances: int(float64(500) / k), Shape: shape + 0.02*k, Chosen: k == 1}
		a.ThresholdScan = append(a.ThresholdScan, c)
	}
	for p := 1e-3; p >= 1e-6; p /= math.Sqrt(10) {
		v := t.quantile(p)
		a.TailQuantiles = append(a.TailQuantiles, wcet.Quantile{P: 1 - p, Estimate: v, Lower: 0.9 * v, Upper: 1.5 * v})
	}
	for i, p := range []float64{1e-4, 1e-5, 1e-6, 1e-7} {
		v := t.quantile(p)
		a.Bounds = append(a.Bounds, wcet.Bound{
			P: p, Value: v, Upper: v * (1.2 + 0.4*float64(i)), Method: "gpd-profile",
			Supported: s.unsupported == nil && i < 3, Reasons: s.unsupported,
		}, wcet.Bound{
			P: p, Value: a.Max, Upper: math.NaN(), Method: "order-statistic",
			Reasons: []string{"too few samples to bound it without a model"},
		})
	}
}

// above are the values beyond the threshold.
func above(sorted []int64, threshold float64) []int64 {
	return sorted[sort.Search(len(sorted), func(i int) bool { return float64(sorted[i]) > threshold }):]
}

// lognormal draws a body around median with a heavy tail of the given share.
func lognormal(median, sigma, tailShare, tailScale float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		v := median * math.Exp(sigma*r.NormFloat64())
		if r.Float64() < tailShare {
			v += tailScale * (math.Pow(r.Float64(), -0.35) - 1)
		}
		return v
	}
}

func check(metric string, limit, lower, estimate, upper float64, v wcet.Verdict, why string) wcet.Check {
	return wcet.Check{Metric: metric, Limit: limit, Lower: lower, Estimate: estimate, Upper: upper, Verdict: v, Why: why}
}

// realistic is a certificate such as a virtual machine gives: every verdict
// occurs. perProcess scales all of it.
func realistic(perProcess int) (*certificate.Certificate, *record.Run) {
	nan := math.NaN()
	strict := lognormal(22_000, 0.12, 0.004, 25_000)
	ticker := lognormal(31_000, 0.5, 0.25, 9_000_000)
	c := &certificate.Certificate{
		Schema: certificate.Schema, Version: "v0.1.0", Created: "2026-03-02T14:10:05Z",
		Command: []string{"rtbench", "certify", "--advisory"},
		Env: map[string]string{
			"cpu.model": "Example Xeon 2.0 GHz", "cpu.online": "0-1", "kernel.release": "6.18.0", "kernel.preempt": "PREEMPT_DYNAMIC",
			"rights": "CAP_SYS_NICE, CAP_IPC_LOCK", "hypervisor": "KVM", "clocksource": "tsc", "go": "go1.26.8 linux/amd64",
		},
		Digest:  "sha256:5f2c9bb1d0f54c4d5b0e7a8a1c2f9e3d6b7a8c9d0e1f2a3b4c5d6e7f8a9b0c1d",
		Verdict: wcet.Fail,
	}
	add := func(s synthetic) {
		if s.processes == 0 {
			s.processes = 5
		}
		if s.perProcess == 0 {
			s.perProcess = perProcess
		}
		c.Benches = append(c.Benches, s.bench(uint64(len(c.Benches))))
	}
	add(synthetic{name: "loop/wake-1ms-busy", draw: strict, period: 1e6, ratios: map[string]float64{"today/ticker-1ms-busy": 0.0021},
		checks: []wcet.Check{
			check("p99", 100_000, 44_100, 45_800, 47_900, wcet.Pass, "upper limit within the budget"),
			check("exceedance@1e-06", 2_000_000, nan, 1_100_000, nan, wcet.Unsupported, "the halves of the run differ (ks-halves, p = 0.002): no tail model holds for both; measure on an idle host, or set on-unsupported = \"distribution-free\""),
			check("count/skipped", 0, 0, 0, 0, wcet.Pass, "no period was skipped"),
		}, unsupported: []string{"ks-halves rejects: the level moved during the run", "tail Anderson–Darling rejects at q95"}})
	add(synthetic{name: "loop/wake-250us", draw: lognormal(21_000, 0.1, 0.002, 18_000), period: 250_000, worst: true,
		checks: []wcet.Check{check("p99.99", 400_000, 230_000, 310_000, 480_000, wcet.Inconclusive, "the limit lies between the confidence limits")}})
	c.Benches[1].Evaluation.Checks[0].Needed = 41_000
	add(synthetic{name: "c/wake-1ms", draw: lognormal(20_500, 0.11, 0.004, 28_000), period: 1e6})
	add(synthetic{name: "today/ticker-1ms-busy", draw: ticker, period: 1e6, noTail: true})
	add(synthetic{name: "goodfit/pair256", draw: lognormal(38, 0.2, 0.0005, 900), ratios: map[string]float64{"today/glibc": 0.61},
		checks: []wcet.Check{
			check("mean/today/glibc", 0.75, 0.59, 0.61, 0.64, wcet.Pass, "upper limit within the budget"),
			check("count/allocs", 0, 0, 0, 0, wcet.Pass, "exact"),
		}})
	add(synthetic{name: "spsc/rtt", draw: lognormal(310, 0.25, 0.01, 4000), ratios: map[string]float64{"today/chan-rtt": 1.18},
		checks: []wcet.Check{check("p99/today/chan-rtt", 1, 1.12, 1.18, 1.25, wcet.Fail, "the lower limit 1.12 lies beyond the budget at a family-wise error of 1 %; the ring spins where the channel parks, look at its wait")}})
	add(synthetic{name: "pool/local", perProcess: -1})
	pool := &c.Benches[len(c.Benches)-1]
	pool.Analysis = &wcet.Analysis{Mean: 3.42, Max: nan, Counters: map[string]float64{"ops": 5e8, "allocs": 0}}
	pool.Ratios, pool.RatioOf = map[string]float64{"today/make-1k": 0.031}, "mean"
	pool.Evaluation = &wcet.Evaluation{Verdict: wcet.Pass, Checks: []wcet.Check{check("count/allocs", 0, 0, 0, 0, wcet.Pass, "exact")}}
	c.Benches = append(c.Benches, certificate.Bench{Name: "today/glibc", Unit: "ns", Doc: "malloc and free, inside C",
		Unavailable: "built without cgo; install a C compiler and build with CGO_ENABLED=1"})
	run := &record.Run{Created: c.Created, Command: c.Command, Env: c.Env}
	rng := rand.New(rand.NewPCG(9, 9))
	for i := range 300 {
		steal := math.Max(0, 0.01*rng.NormFloat64())
		if i%71 > 64 {
			steal = 0.2 + 0.2*rng.Float64()
		}
		run.Interference = append(run.Interference, record.Interference{At: int64(i+1) * 500e6, Steal: steal})
	}
	return c, run
}

// twenty is the size of a full campaign.
func twenty(perProcess int) (*certificate.Certificate, *record.Run) {
	c, run := realistic(perProcess)
	for len(c.Benches) < 20 {
		s := synthetic{name: fmt.Sprintf("filler/%02d", len(c.Benches)), processes: 5, perProcess: perProcess,
			draw: lognormal(1000*float64(len(c.Benches)), 0.4, 0.01, 1e6), period: 1e6}
		c.Benches = append(c.Benches, s.bench(uint64(len(c.Benches))))
	}
	return c, run
}
