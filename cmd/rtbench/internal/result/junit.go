package result

import (
	"io"

	"github.com/memkit-go/memkit/internal/junit"
)

func writeJUnit(w io.Writer, d *Document) error {
	var cases []junit.Case
	for _, c := range d.Checks {
		outcome := junit.Undecided
		switch c.Verdict {
		case pass:
			outcome = junit.Pass
		case fail:
			outcome = junit.Fail
		}
		cases = append(cases, junit.Case{Class: c.Bench, Name: c.Metric, Outcome: outcome, Type: c.Verdict, Message: c.Why})
	}
	return junit.Write(w, d.Title, cases)
}
