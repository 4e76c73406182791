package stat

import (
	"math"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/reference"
)

const statisticTolerance = 1e-8

func TestHypothesesReference(t *testing.T) {
	for _, row := range reference.Table(t, "iid_tests.csv") {
		if row["file"] == "constant" {
			continue // is refused, not tested
		}
		t.Run(row["file"], func(t *testing.T) {
			ref := func(name string) float64 { return reference.Field(t, row, name) }
			x := reference.Set(t, row["file"])
			check := func(name string, got float64) {
				t.Helper()
				reference.Near(t, name, got, ref(name), statisticTolerance*max(1, math.Abs(ref(name))))
			}
			got := map[string]Outcome{}
			for _, o := range SeriesTests(x, NewOrders([][]float64{x}), func() bool { return false }) {
				got[o.Name] = o
			}
			for name, ref := range map[string]string{"ljung-box": "lb10", "ljung-box-20": "lb20", "runs": "runs_z", "kpss": "kpss_level", "ks-halves": "ks_half_D"} {
				check(ref, got[name].Stat)
			}
			check("lb10_p", got["ljung-box"].P)
			check("lb20_p", got["ljung-box-20"].P)
			check("runs_p", got["runs"].P)
			reference.Near(t, "kpss_level_p", max(got["kpss"].P, 0.01), ref("kpss_level_p"), 1e-8)
			// The reference truncates the series at 1e-6.
			reference.Near(t, "ks_half_p_asym", got["ks-halves"].P, ref("ks_half_p_asym"), 1e-5)
		})
	}
}

func TestExtremalIndexReference(t *testing.T) {
	for _, row := range reference.Table(t, "extremal_index.csv") {
		t.Run(row["file"]+"/"+row["q"], func(t *testing.T) {
			x := reference.Set(t, row["file"])
			theta, _, intervals := ExtremalIndex([][]float64{x}, reference.Field(t, row, "u"))
			reference.Near(t, "theta", theta, reference.Field(t, row, "intervals"), statisticTolerance)
			reference.Near(t, "exceedances", float64(intervals+1), reference.Field(t, row, "nexc"), 0)
		})
	}
}

// Far out a p-value is small, never 0: 0 would say "impossible".
func TestRunsTestKeepsSmallPValues(t *testing.T) {
	x := make([]float64, 400)
	for i := range x {
		x[i] = float64(i)
	}
	if z, p := runsTest(x, 199.5); !(p > 0 && p < 1e-80) {
		t.Errorf("z = %g has p = %g", z, p)
	}
}
