package evt

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/wcet/internal/reference"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// countSteps counts the steps of every search for the length of a test.
func countSteps(t testing.TB) *atomic.Int64 {
	t.Helper()
	steps := new(atomic.Int64)
	stat.OnStep = func() { steps.Add(1) }
	t.Cleanup(func() { stat.OnStep = nil })
	return steps
}

// mostSteps is far more than any fit takes: some thirty candidates and two hundred
// bootstrap fits of a hundred steps, and limits by nested searches.
const mostSteps = 400_000

// fitEveryWay fits x by every model and checks what must hold of any result.
func fitEveryWay(t *testing.T, x []float64, steps *atomic.Int64) {
	t.Helper()
	middle := 0.0
	if len(x) > 0 {
		middle = x[len(x)/2]
	}
	for _, opt := range []Options{
		{}, {Model: ModelGPD}, {Model: ModelGPD, Threshold: &middle}, {Model: ModelGEV}, {Model: ModelGEV, Block: 7},
		{Likelihood: LikelihoodInterval}, {Model: ModelGPD, Threshold: &middle, Likelihood: LikelihoodInterval},
	} {
		steps.Store(0)
		r, err := Fit(x, opt)
		if err != nil {
			continue
		}
		if r.Bound.Supported && (math.IsNaN(r.Bound.Upper) || r.Bound.Upper < r.Bound.Value) {
			t.Errorf("%+v: %+v", opt, r.Bound)
		}
		// The return levels of many maxima take ten times as long as the fit.
		if long := opt.Model == ModelGEV && opt.Block == 0 && len(x) > 100; !long || soak() {
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("%+v: %v", opt, err)
			}
		}
		if n := steps.Load(); n > mostSteps {
			t.Errorf("%+v: %d steps", opt, n)
		}
	}
}

// extremes are values that real recorders and broken ones produce.
var extremes = []float64{
	0, math.Copysign(0, -1), 1, -1, 5e-324, 2.2250738585072014e-308, 1e308, math.MaxFloat64, -math.MaxFloat64,
	math.MaxUint64, math.MaxInt64, math.MinInt64, math.MaxUint32, 1e-300, 1e300, math.Nextafter(1, 2), 47, 1e9,
}

// Every search ends, whatever the values.
func TestFitEndsOnExtremeValues(t *testing.T) {
	testenv.SkipInRaceRun(t)
	steps := countSteps(t)
	rng := rand.New(rand.NewPCG(9, 9))
	latencies := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = 1000 * rng.ExpFloat64()
		}
		return x
	}
	// Six hundred values have a tail that is searched for in every way: of those every
	// third extreme, and all with MEMKIT_SOAK=1.
	for i, v := range extremes {
		sizes := []int{20, 600}
		if testing.Short() || i%3 > 0 && !soak() {
			sizes = sizes[:1]
		}
		for _, n := range sizes {
			x := append(latencies(n), v)
			fitEveryWay(t, x, steps)
			fitEveryWay(t, slices.Repeat([]float64{v}, n), steps)
			for i := range x {
				if i%2 == 0 {
					x[i] = v
				}
			}
			fitEveryWay(t, x, steps)
		}
	}
	for name, draw := range map[string]func(i int) float64{
		"any extremes": func(int) float64 { return extremes[rng.IntN(len(extremes))] },
		"two values":   func(i int) float64 { return float64(40 + i%2) },
		"huge ties":    func(i int) float64 { return float64(max(40, i-590)) },
		"denormals":    func(i int) float64 { return 5e-324 * float64(rng.IntN(1000)) },
		"near 1e308":   func(i int) float64 { return 1e308 * rng.Float64() },
		"both ends":    func(i int) float64 { return math.MaxFloat64 * (2*rng.Float64() - 1) },
		"rounding":     func(i int) float64 { return 1e15 + float64(rng.IntN(9)) },
		"growing":      func(i int) float64 { return math.Pow(1.5, float64(i)) },
	} {
		x := make([]float64, 600)
		for i := range x {
			x[i] = draw(i)
		}
		t.Log(name)
		fitEveryWay(t, x, steps)
	}
}

// 3,000 latencies and one difference of readings of a clock that wrapped around.
func TestWrappedClockIsNamed(t *testing.T) {
	testenv.SkipInRaceRun(t)
	x := reference.Set(t, "wrap_u64")
	where := slices.Index(x, slices.Max(x))
	for _, opt := range []Options{{}, {Model: ModelGPD}, {Model: ModelGEV}, {Model: ModelGEV, Block: 10}} {
		r := mustFit(t, x, opt)
		all := strings.Join(r.Bound.Reasons, "; ")
		if r.Bound.Supported || !strings.Contains(all, fmt.Sprintf("sample %d is 1.845e+19", where)) || !strings.Contains(all, "wrapped") {
			t.Errorf("%+v: %q", opt, all)
		}
	}
	innocent := sampleOf(3000, func(rng *rand.Rand, _ int) float64 { return math.Pow(rng.Float64(), -1.5) })
	if reason := NewSample([][]float64{innocent}).absurdReason(); reason != nil {
		t.Errorf("a heavy tail is taken for a wrapped clock: %v", reason)
	}
}

// FuzzFitExtremes: any bits at all, and any mixture of extreme values, end within a
// limit of steps.
func FuzzFitExtremes(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), uint16(600))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, uint16(60))
	f.Add([]byte{10, 16, 16, 17, 16, 16, 16}, uint16(520))
	steps := countSteps(f)
	f.Fuzz(func(t *testing.T, data []byte, n uint16) {
		if len(data) == 0 || n > 700 {
			t.Skip("no data, or more values than a run should take")
		}
		seed := binary.LittleEndian.Uint64(append(slices.Clone(data), make([]byte, 8)...))
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		x := make([]float64, n)
		for i := range x {
			switch b := data[i%len(data)]; {
			case b < 128:
				x[i] = extremes[int(b)%len(extremes)]
			case b < 160:
				x[i] = math.Float64frombits(rng.Uint64())
			default:
				x[i] = float64(b) * rng.ExpFloat64()
			}
		}
		fitEveryWay(t, x, steps)
	})
}
