package certificate

import (
	"fmt"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/wcet"
)

// withdraw makes every check of an evaluation unsupported that needs what the samples
// have lost on their way through another program's file. Counts need nothing of it.
func withdraw(e *wcet.Evaluation, p wcet.Population) {
	reason := lostIn(p)
	if reason == "" {
		return
	}
	var verdicts []wcet.Evaluation
	for i := range e.Checks {
		c := &e.Checks[i]
		if !strings.HasPrefix(c.Metric, "count/") {
			c.Verdict, c.Needed, c.Why = wcet.Unsupported, 0, reason
		}
		verdicts = append(verdicts, wcet.Evaluation{Verdict: c.Verdict})
	}
	e.Verdict = wcet.Overall(verdicts)
}

// lostIn says what a population has lost, empty for nothing.
func lostIn(p wcet.Population) string {
	censored, order := 0.0, false
	for _, s := range p.Latency {
		censored += s.Facts[importer.Censored]
		order = order || s.Facts[importer.OrderLost] > 0
	}
	switch {
	case censored > 0:
		return fmt.Sprintf("%.0f samples lay beyond the histogram's end and their values are lost; give the program a longer histogram, or keep every sample", censored)
	case order:
		return "the file has lost the order of the samples, so whether they are independent cannot be tested; keep every sample, as cyclictest --verbose does"
	}
	return ""
}
