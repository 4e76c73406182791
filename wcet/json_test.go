package wcet

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestAnalysisJSON(t *testing.T) {
	a, err := Analyze(drawn("a", 2, 50, exponential(1000)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var back Analysis
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.N != 100 || back.Mean != a.Mean || !math.IsNaN(back.Quantiles[3].Upper) || !math.IsNaN(back.Bounds[0].Upper) || len(back.Bounds[0].Reasons) == 0 {
		t.Errorf("%s", text)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(text) {
		t.Errorf("round trip:\n%s\n%s (%v)", text, again, err)
	}
	c := Evaluation{Benchmark: "a", Verdict: Inconclusive, Checks: []Check{{Metric: "p99", Lower: math.NaN(), Upper: math.Inf(1), Limit: 3}}}
	text, err = json.Marshal(c)
	if err != nil || !strings.Contains(string(text), `"upper":null`) || !strings.Contains(string(text), `"limit":3`) {
		t.Errorf("%s, %v", text, err)
	}
}
