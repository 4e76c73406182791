package evt

import (
	"strings"
	"testing"
)

func TestResultsAreSentences(t *testing.T) {
	for want, v := range map[string]interface{ String() string }{
		"100 values: at most 7, exceeded with p = 0.001 (order-statistic)": Result{
			N: 100, Bound: Bound{P: .001, Upper: 7, Method: "order-statistic", Supported: true}},
		"GEV of 50 maxima of blocks of 20: location 1.5, scale 2, shape -0.1 (95%: -0.3 to 0.1)": GEVResult{
			Loc: 1.5, Scale: 2, Shape: -.1, ShapeCI: [2]float64{-.3, .1}, Maxima: 50, Block: 20},
		"GPD of 60 values above 3: scale 2, shape 0.1 (95%: 0 to 0.2)": GPDResult{
			Threshold: 3, Exceedances: 60, Scale: 2, Shape: .1, ShapeCI: [2]float64{0, .2}},
	} {
		if got := v.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestModelUsage: the help of programs lists every estimator.
func TestModelUsage(t *testing.T) {
	usage := ModelUsage()
	if !strings.HasPrefix(usage, "auto, gpd (exceedances)") || !strings.HasPrefix(modelNames(), "auto, gpd") {
		t.Errorf("%q and %q", usage, modelNames())
	}
	for _, m := range Models() {
		if !strings.Contains(usage, string(m)) {
			t.Errorf("%q lacks %s", usage, m)
		}
	}
}
