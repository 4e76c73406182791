package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/wcet"
)

// printJudged prints a judged run in every format that was asked for.
func (a *app) printJudged(out *result.Output, title string, c *certificate.Certificate, text func(*result.Page) error) error {
	return a.printDocument(out, result.Document{Data: newRunResult(c), Text: text, Title: title, Verdict: string(c.Verdict), Checks: checksOf(c)})
}

// printDocument prints verdicts in every format that was asked for.
func (a *app) printDocument(out *result.Output, d result.Document) error {
	if err := out.Files(d, writeWhole); err != nil {
		return err
	}
	if err := out.Print(a.stdout, d); err != nil {
		return err
	}
	if out.Machine() {
		return out.Annotate(a.stderr, d)
	}
	return out.Annotate(a.stdout, d)
}

// writeWhole writes a file, complete or not at all.
func writeWhole(path string, content func(io.Writer) error) (err error) {
	out, err := openOutputs(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	if err := out.stage(filepath.Base(path), content); err != nil {
		return err
	}
	return out.commit()
}

// checksOf are the limits of a certificate and their verdicts. A benchmark without a
// budget for this machine is one that is not decided.
func checksOf(c *certificate.Certificate) []result.Check {
	var all []result.Check
	for _, b := range c.Benches {
		if b.Evaluation == nil {
			continue
		}
		for _, k := range b.Evaluation.Checks {
			all = append(all, result.Check{
				Bench: b.Name, Metric: k.Metric, Verdict: string(k.Verdict), Why: k.Why,
				Estimate: figureOf(k, k.Estimate), Upper: figureOf(k, k.Upper), Limit: figureOf(k, k.Limit),
			})
		}
	}
	for _, name := range c.Unmatched {
		all = append(all, result.Check{
			Bench: name, Metric: "budget", Verdict: string(wcet.Inconclusive),
			Why: "no budget for this machine: none of the file's profiles matches it; add one",
		})
	}
	return all
}

// figureOf is a figure of a check: a latency in time units, others as they are.
func figureOf(k wcet.Check, v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return ""
	case strings.HasPrefix(k.Metric, "count/"):
		return fmt.Sprintf("%.0f", v)
	case strings.Contains(k.Metric, "/"):
		return fmt.Sprintf("%.3g×", v)
	}
	return time.Duration(v).String()
}
