package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

func newCheckCommand(a *app) *cobra.Command {
	var (
		path      string
		selection bench.Selection
		foreign   runFlags
		accept    bool
		out       result.Output
	)
	cmd := &cobra.Command{
		Use:   "check RUN --budget FILE",
		Short: "Judge a run file by a budget; the gate",
		Long: `Judge the samples in RUN by the budgets in FILE. Nothing is measured, and the
same run and budget always give the same answer.

Exit codes: 0 pass, 1 error, 2 a budget is broken, 3 inconclusive or unsupported.
A benchmark that a budget names and the run lacks is an error, never a pass.

RUN may be a file of another program that rtbench import reads. Limits that need
what its format has lost are unsupported.`,
		Example: `  rtbench check rtbench-out/run.rtrun --budget rtbench.toml
  rtbench check run.rtrun --budget rtbench.toml --bench loop/wake-1ms
  rtbench check run.rtrun --budget rtbench.toml --junit check.xml --annotations github`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.Check(); err != nil {
				return err
			}
			c, _, err := a.judgeRun(args[0], path, selection, &foreign, accept)
			if err != nil {
				return err
			}
			err = a.printJudged(&out, "rtbench check", c, func(p *result.Page) error { return writeJudgement(p, c) })
			if err != nil {
				return err
			}
			if code := verdictCode(c.Verdict); code != exitPass {
				return &statusError{code: code}
			}
			return nil
		},
	}
	foreign.flags(cmd.Flags())
	cmd.Flags().StringVar(&path, "budget", "", "judge by `FILE`")
	cmd.Flags().BoolVar(&accept, "accept-incomplete", false, "let a run pass that ended before all was measured, if its samples decide the budget")
	cmd.Flags().StringSliceVar(&selection.Names, "bench", nil, "judge only these `BENCHMARKS` (A,B)")
	out.Flags(cmd.Flags())
	out.VerdictFlags(cmd.Flags())
	if err := cmd.MarkFlagRequired("budget"); err != nil {
		panic(err) // the flag was just defined
	}
	a.completeNames(cmd)
	return cmd
}

// writeJudgement prints the verdicts and their reasons.
func writeJudgement(p *result.Page, c *certificate.Certificate) error {
	if err := report.Table(p, c, p.Width, p.Terminal); err != nil {
		return err
	}
	var reasons bytes.Buffer
	if err := report.Reasons(&reasons, c, p.Width); err != nil {
		return err
	}
	if c.Incomplete != "" {
		fmt.Fprintf(&reasons, "The run is incomplete, %s: it does not pass unless --accept-incomplete is given.\n", firstLine(c.Incomplete))
	}
	for _, name := range c.Unmatched {
		fmt.Fprintf(&reasons, "%s  no budget for this machine: none of the file's profiles matches it; add one\n", name)
	}
	if reasons.Len() > 0 {
		fmt.Fprintf(p, "\n%s", reasons.Bytes())
	}
	fmt.Fprintln(p)
	p.Entry("Verdict", fmt.Sprintf("%s: %s", c.Verdict, tally(c)))
	return nil
}

// firstLine leaves out what a program printed before it died.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// tally counts the verdicts: "2 FAIL, 5 PASS, 15 without a limit".
func tally(c *certificate.Certificate) string {
	count := map[wcet.Verdict]int{}
	for _, b := range c.Benches {
		if b.Evaluation != nil {
			count[b.Evaluation.Verdict]++
		} else {
			count[""]++
		}
	}
	var parts []string
	for _, v := range []wcet.Verdict{wcet.Fail, wcet.Unsupported, wcet.Inconclusive, wcet.Pass} {
		if n := count[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if n := count[""]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d without a limit", n))
	}
	return strings.Join(parts, ", ")
}

// judgeRun loads a run file, or a file that another program wrote, and, where path is
// not empty, judges it by that budget file.
func (a *app) judgeRun(runPath, path string, selection bench.Selection, foreign *runFlags, accept bool) (*certificate.Certificate, *record.Run, error) {
	run, digest, err := foreign.load(runPath)
	if err != nil {
		return nil, nil, err
	}
	evidence := certificate.Evidence{Run: run, Digest: digest, Catalogue: a.catalogue, AcceptIncomplete: accept}
	if path != "" {
		if err := frozen(run); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", runPath, err)
		}
		if evidence.Budgets, err = a.budgetsOf(run, path, selection); err != nil {
			return nil, nil, err
		}
	}
	c, err := a.analyse(evidence)
	return c, run, err
}

// frozen refuses latencies that are all 0: no limit may pass on a clock that stood
// still.
func frozen(run *record.Run) error {
	samples, moved := map[string]int{}, map[string]bool{}
	for _, s := range run.Series {
		if s.Kind == record.Latency {
			samples[s.Name] += len(s.Samples)
			moved[s.Name] = moved[s.Name] || slices.ContainsFunc(s.Samples, func(v int64) bool { return v != 0 })
		}
	}
	for _, s := range run.Series {
		if samples[s.Name] > 0 && !moved[s.Name] {
			return fmt.Errorf("all %d latencies of %s are 0: its clock stood still, or its steps are too coarse; time with a finer clock, or several operations at once", samples[s.Name], s.Name)
		}
	}
	return nil
}

// budgetsOf loads the budget file and resolves it for the benchmarks that were
// measured.
func (a *app) budgetsOf(run *record.Run, path string, selection bench.Selection) (*budget.Resolved, error) {
	benches, samples := measuredIn(run)
	f, err := budget.Load(path, a.known(benches...))
	if err != nil {
		return nil, err
	}
	budgets, err := f.For(run.Env)
	if err != nil {
		return nil, err
	}
	if !selection.All() {
		if _, err := selection.From(append(slices.Clone(a.catalogue), benches...)); err != nil {
			return nil, err
		}
		budgets.Keep(selection.Names)
	}
	if err := budgets.Measured(namesOf(benches)); err != nil {
		return nil, err
	}
	return budgets, budgets.Decidable(samples)
}

// measuredIn lists the benchmarks of a run, and how many latencies there are of
// each one that the machine could measure.
func measuredIn(run *record.Run) ([]bench.Benchmark, map[string]int) {
	var benches []bench.Benchmark
	index, samples := map[string]int{}, map[string]int{}
	for _, s := range run.Series {
		i, seen := index[s.Name]
		if !seen {
			i = len(benches)
			index[s.Name] = i
			benches = append(benches, bench.Benchmark{Name: s.Name})
		}
		benches[i].Period = max(benches[i].Period, time.Duration(s.Period))
		if s.Kind == record.Latency && s.Unavailable == "" {
			samples[s.Name] += len(s.Samples)
		}
	}
	return benches, samples
}

func namesOf(benches []bench.Benchmark) []string {
	var names []string
	for _, b := range benches {
		names = append(names, b.Name)
	}
	return names
}
