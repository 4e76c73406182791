package evt

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// Hypothesis is the outcome of one test.
type Hypothesis struct {
	Stat   float64 `json:"stat"`
	P      float64 `json:"p"`
	Reject bool    `json:"reject"`
}

// String is the outcome, with statistic and p-value.
func (h Hypothesis) String() string {
	outcome := "holds"
	if h.Reject {
		outcome = "REJECTED"
	}
	return fmt.Sprintf("%s (statistic %.4g, p = %.3g)", outcome, h.Stat, h.P)
}

// newHypothesis rejects at [hypothesisLevel].
func newHypothesis(stat, p float64) Hypothesis {
	return Hypothesis{Stat: stat, P: p, Reject: p <= hypothesisLevel}
}

// Hypotheses are the tests of the sample by name: "ljung-box", "runs", "ks-halves",
// "kpss", "extremal-index", "between-process", …. Of several series the one with
// the least p-value is listed, corrected for their number. They are tested when
// first asked for: order statistics do without.
func (s *Sample) Hypotheses() map[string]Hypothesis {
	return s.hypothesesUntil(func() bool { return false })
}

// hypothesesUntil leaves the rest of the tests when stopped says so; what it has then
// is of no use.
func (s *Sample) hypothesesUntil(stopped func() bool) map[string]Hypothesis {
	if s.hypotheses != nil {
		return s.hypotheses
	}
	s.hypotheses = testSeries(s.Orders, stopped)
	if h, ok := testExtremalIndex(s.Parts(), s.Quantile(1-stat.TailShare)); ok {
		s.hypotheses["extremal-index"] = h
	}
	if h := s.Between(); h != nil {
		s.hypotheses["between-process"] = *h
	}
	return s.hypotheses
}

// Between tests that all series are of one population; nil of a single series, or
// of ones too short to tell.
func (s *Sample) Between() *Hypothesis {
	if !s.compared {
		s.compared = true
		if value, p, ok := stat.Between(s.Sample); ok {
			h := newHypothesis(value, p)
			s.between = &h
		}
	}
	return s.between
}

// clustered reports whether exceedances come in clusters.
func clustered(tests map[string]Hypothesis) bool {
	return tests["extremal-index"].Reject || tests["ljung-box-tail"].Reject
}

// hypothesisLevel is the error rate of each single test: with eight tests an
// innocent series is refused in about one case of fifteen.
const hypothesisLevel = 0.01

// testSeries runs every series test on every part and keeps, for each test, the
// part with the least p-value, corrected for the number of parts (Bonferroni).
// A test that cannot be computed (a constant part) is left out.
func testSeries(o stat.Orders, stopped func() bool) map[string]Hypothesis {
	result := map[string]Hypothesis{}
	tested := slices.DeleteFunc(slices.Clone(o.Parts()), func(x []float64) bool { return len(x) < stat.MinTested })
	for _, x := range tested {
		if stopped() {
			break
		}
		own := o
		if len(o.Parts()) > 1 {
			own = stat.NewOrders([][]float64{x})
		}
		for _, test := range stat.SeriesTests(x, own, stopped) {
			if math.IsNaN(test.Stat) || math.IsNaN(test.P) {
				continue
			}
			p := min(1, test.P*float64(len(tested)))
			if old, seen := result[test.Name]; !seen || p < old.P {
				result[test.Name] = newHypothesis(test.Stat, p)
			}
		}
	}
	return result
}

// testExtremalIndex tests that exceedances do not cluster: θ = 1 against θ < 1.
func testExtremalIndex(parts [][]float64, u float64) (Hypothesis, bool) {
	theta, se, intervals := stat.ExtremalIndex(parts, u)
	if intervals < stat.MinIntervals || math.IsNaN(theta) || se == 0 {
		return Hypothesis{}, false
	}
	p := distuv.UnitNormal.CDF((theta - 1) / se)
	return newHypothesis(theta, p), true
}

// hypothesisAdvice says, in the order in which a reader should look, what each
// rejected hypothesis means and what to do. A rejection is left out when that of
// its sameAs says the same.
var hypothesisAdvice = []struct{ name, sameAs, text string }{
	{"ljung-box", "", "successive samples are correlated (Ljung–Box, p = %.2g); measure on an isolated CPU, or space the samples"},
	{"ljung-box-20", "ljung-box", "samples are correlated over 20 lags (Ljung–Box, p = %.2g); look for a periodic disturbance"},
	{"kpss", "", "the level drifts (KPSS, p = %.2g); warm up longer, fix the clock frequency"},
	{"ks-halves", "", "the first and the second half differ (Kolmogorov–Smirnov, p = %.2g); something changed during the run, repeat it"},
	{"ljung-box-tail", "", "large samples come in bursts (Ljung–Box on exceedances, p = %.2g); find what disturbs the machine"},
	{"extremal-index", "ljung-box-tail", "large samples cluster (extremal index below 1, p = %.2g); find what disturbs the machine"},
	{"kpss-tail", "", "the rate of large samples drifts (KPSS on exceedances, p = %.2g); something changed during the run, repeat it"},
	{"runs", "", "samples alternate or persist around the median (runs test, p = %.2g); look for two modes that take turns"},
}

// hypothesisReasons lists the rejected hypotheses; declustered leaves out what
// declustering cures. That processes differ is no reason: the bound is then that
// of the worst.
func hypothesisReasons(tests map[string]Hypothesis, declustered bool) []string {
	var reasons []string
	for _, advice := range hypothesisAdvice {
		cured := declustered && (advice.name == "extremal-index" || advice.name == "ljung-box-tail")
		if h := tests[advice.name]; h.Reject && !cured && !tests[advice.sameAs].Reject {
			reasons = append(reasons, fmt.Sprintf(advice.text, h.P))
		}
	}
	return reasons
}
