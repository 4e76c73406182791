package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/paired"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sides"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// compareName is the record of a comparison.
const compareName = "compare.json"

const (
	// defaultRounds find a p99 that is 10% greater on a machine whose host takes its
	// CPUs away, see RATIONALE.md.
	defaultRounds = 20
	mostRounds    = 100
	// defaultEach is how long a process measures that has no length of its own.
	defaultEach = 60 * time.Millisecond
)

// comparison is what the user asks of compare.
type comparison struct {
	sides   sides.Request
	base    string
	rounds  int
	total   time.Duration
	margins []string
	metrics []string
	dir     string
	foreign runFlags
	out     result.Output
}

// compared is the record of a comparison.
type compared struct {
	A       string            `json:"a"`
	B       string            `json:"b"`
	Verdict wcet.Verdict      `json:"verdict"`
	Created string            `json:"created"`
	Command []string          `json:"command"`
	Env     map[string]string `json:"env,omitempty"`
	// Seed of the coins that decide which side begins.
	Seed uint64        `json:"seed,omitempty"`
	Rows []*paired.Row `json:"rows"`
}

func newCompareCommand(a *app) *cobra.Command {
	c := &comparison{}
	cmd := &cobra.Command{
		Use:   "compare A B [-- ARGUMENTS]",
		Short: "Tell whether B is worse than A; the gate of a change",
		Long: `Measure A and B in the same rounds, one process of each after the other, a coin
deciding which begins, and tell of each figure whether B is worse, better, equivalent
within --margin, or whether the rounds do not decide. What differs is measured again:
only a second, fresh batch of rounds makes it worse or better. Equal sides are called
different in one of a hundred comparisons at most, however many benchmarks they have.

A and B are
  commands or programs that print one latency a line, as for rtbench run;
  commits of the git repository here, with --build PACKAGE (a Go program that prints
    latencies), --go-bench REGEXP (benchmarks of go test) or --bench NAMES (those of
    rtbench itself); they are built in temporary worktrees;
  two files, run files or those that rtbench import reads. They were not measured in
    the same rounds, so a difference is "unconfirmed" at most.

--base COMMIT is A, and B then is HEAD unless it is given.

Exit codes: 0 B is equivalent or better, 1 error, 2 B is worse, 3 undecided.`,
		Example: `  rtbench compare ./old ./new -- -rate 1000
  rtbench compare --base main --go-bench . --package ./...
  rtbench compare v1.2.0 HEAD --build ./cmd/loop --margin p99=10%
  rtbench compare ./rtbench-old ./rtbench-new --bench goodfit/pair256
  rtbench compare before.rtrun after.rtrun`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.read(cmd, args); err != nil {
				return err
			}
			return a.compare(cmd, c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.base, "base", "", "A is this `COMMIT`, and B is HEAD by default")
	f.StringVar(&c.sides.Build, "build", "", "build this Go `PACKAGE` at commits")
	f.StringVar(&c.sides.GoBench, "go-bench", "", "compare the benchmarks of go test that match `REGEXP`")
	f.StringSliceVar(&c.sides.Packages, "package", nil, "with --go-bench: in these `PACKAGES`; default .")
	f.StringSliceVar(&c.sides.Selection.Names, "bench", nil, "compare these `BENCHMARKS` of rtbench (A,B)")
	f.StringSliceVar(&c.sides.Selection.Suites, "suite", nil, "compare these `SUITES` of rtbench")
	f.IntVar(&c.rounds, "rounds", defaultRounds, "`N` rounds a batch")
	f.DurationVar(&c.total, "duration", 0, "measure for `D` in a batch, set-up excluded; default "+defaultEach.String()+" a process, and as long as a program runs")
	f.StringSliceVar(&c.margins, "margin", nil, "differences within `M` do not matter: 2%, or by metric: p50=1%,p99=10%; default mean=1%,p50=1%,p99=5%")
	f.StringSliceVar(&c.metrics, "metric", nil, "only these `METRICS`: mean, p50, p99")
	f.StringVar(&c.dir, "out", "rtbench-out", "write "+compareName+", a.rtrun and b.rtrun to `DIR`")
	f.DurationVar(&c.sides.FirstLine, "first-line", defaultFirstLine, "it is an error when a program prints no latency within `D`; 0 waits without a limit")
	c.foreign.flags(f)
	c.out.Flags(f)
	c.out.VerdictFlags(f)
	a.completeNames(cmd)
	return cmd
}

// read checks the flags before anything is built.
func (c *comparison) read(cmd *cobra.Command, args []string) error {
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		args, c.sides.Args = args[:dash], args[dash:]
	}
	switch {
	case c.base != "" && len(args) == 0:
		args = []string{c.base, "HEAD"}
	case c.base != "" && len(args) == 1:
		args = []string{c.base, args[0]}
	case c.base != "":
		return fmt.Errorf("--base %s is A, and %q are two more sides; give one at most", c.base, args)
	}
	if len(args) != 2 {
		return fmt.Errorf("compare needs two sides, A and B, or --base COMMIT; there are %d", len(args))
	}
	c.sides.Texts = [2]string{args[0], args[1]}
	switch {
	case c.rounds < paired.MinRounds || c.rounds > mostRounds:
		return fmt.Errorf("--rounds %d: must be from %d to %d", c.rounds, paired.MinRounds, mostRounds)
	case c.total < 0:
		return fmt.Errorf("--duration %v: must be ≥0", c.total)
	case c.sides.FirstLine < 0:
		return fmt.Errorf("--first-line %v: must be ≥0; 0 waits without a limit", c.sides.FirstLine)
	case len(c.sides.Packages) > 0 && c.sides.GoBench == "":
		return errors.New("--package is where --go-bench looks for benchmarks; give both")
	}
	if err := c.out.Check(); err != nil {
		return err
	}
	if _, err := c.judging(); err != nil {
		return err
	}
	lines, err := c.foreign.options()
	c.sides.Lines, c.sides.Name = lines, c.foreign.name
	return err
}

// judging reads --margin and --metric.
func (c *comparison) judging() (paired.Options, error) {
	o := paired.Options{Margins: map[string]float64{}, Metrics: c.metrics}
	known := paired.MetricNames()
	for _, m := range c.metrics {
		if !slices.Contains(known, m) {
			return o, fmt.Errorf("--metric %s: there are %s", m, strings.Join(known, ", "))
		}
	}
	for _, text := range c.margins {
		name, value, named := strings.Cut(text, "=")
		if !named {
			name, value = "", text
		} else if !slices.Contains(known, name) {
			return o, fmt.Errorf("--margin %s: there is no metric %q, but %s", text, name, strings.Join(known, ", "))
		}
		v, err := parseShare(value)
		if err != nil {
			return o, fmt.Errorf("--margin %s: %w", text, err)
		}
		for _, m := range known {
			if m == name || !named {
				o.Margins[m] = v
			}
		}
	}
	return o, nil
}

func (a *app) compare(cmd *cobra.Command, c *comparison) (err error) {
	ctx := cmd.Context()
	c.sides.Measure, c.sides.Rest = measureName, a.stderr
	c.sides.Removing = func() { a.keeping.Store(true) }
	s, err := sides.Resolve(ctx, c.sides)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	options, err := c.judging()
	if err != nil {
		return err
	}
	found := &compared{A: s.Titles[0], B: s.Titles[1], Created: time.Now().UTC().Format(time.RFC3339), Command: a.command}
	if s.Recorded {
		if err := a.compareFiles(c, found, options); err != nil {
			return err
		}
		return a.printCompared(c, found, "")
	}
	out, err := openOutputs(c.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	found.Env, found.Seed = a.environment(), uint64(time.Now().UnixNano())
	plan := &paired.Plan{Jobs: s.Jobs, Rounds: c.rounds, Seed: found.Seed}
	if err := c.timed(plan, s.Timed); err != nil {
		return err
	}
	a.announceComparison(c.out.Page(a.stdout), s, plan)
	batches, err := a.measureSides(cmd, s, plan, found, options)
	if err != nil {
		return err
	}
	found.conclude()
	for i, name := range [2]string{"a.rtrun", "b.rtrun"} {
		run := &record.Run{Created: found.Created, Command: found.Command, Env: found.Env, Series: batches[i]}
		if err := out.stage(name, func(w io.Writer) error { return record.Write(w, run) }); err != nil {
			return err
		}
	}
	if err := out.stage(compareName, func(w io.Writer) error { return result.JSON(w, found) }); err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	return a.printCompared(c, found, out.path(compareName))
}

// timed fixes how long a process measures.
func (c *comparison) timed(plan *paired.Plan, timed bool) error {
	if c.total > 0 {
		plan.Each = c.total / time.Duration(2*plan.Rounds*len(plan.Jobs))
		const least = 10 * time.Millisecond
		if plan.Each < least {
			return fmt.Errorf("--duration %v: leaves %v for each of %d processes, at least %v are needed", c.total, plan.Each, 2*plan.Rounds*len(plan.Jobs), least)
		}
	} else if timed {
		plan.Each = defaultEach
	}
	return nil
}

func (a *app) announceComparison(p *result.Page, s *sides.Sides, plan *paired.Plan) {
	p.Entry("Machine", machine(a.fingerprint()))
	p.Entry("A", s.Titles[0])
	p.Entry("B", s.Titles[1])
	text := fmt.Sprintf("%d rounds, in each on either side one fresh process of %s", plan.Rounds, strings.Join(namesOf(plan.Jobs), ", "))
	if plan.Each > 0 {
		text += fmt.Sprintf(", %v each", plan.Each)
	}
	p.Entry("Measure", text+"; again where the sides differ")
}

// measureSides measures the first batch, and the second where the first differs. It
// returns the series of both, A first.
func (a *app) measureSides(cmd *cobra.Command, s *sides.Sides, plan *paired.Plan, found *compared, o paired.Options) (all [2][]record.Series, err error) {
	started := time.Now()
	plan.Done = func(round int) {
		if (round+1)%10 == 0 {
			fmt.Fprintf(a.stderr, "round %d done after %v\n", round+1, time.Since(started).Round(time.Second))
		}
	}
	first, err := plan.Measure(cmd.Context(), s.A, s.B)
	if err != nil {
		return all, err
	}
	if found.Rows, err = paired.Judge(first[0], first[1], o); err != nil {
		return all, err
	}
	suspects := paired.Suspects(found.Rows)
	if len(suspects) == 0 {
		return first, nil
	}
	fmt.Fprintf(a.stderr, "%s differ: a second batch of rounds decides\n", strings.Join(suspects, ", "))
	again := *plan
	again.First, again.Rounds = plan.Rounds, paired.Rounds(found.Rows, plan.Rounds)
	if named := slices.DeleteFunc(slices.Clone(plan.Jobs), func(b bench.Benchmark) bool { return !slices.Contains(suspects, b.Name) }); len(named) > 0 {
		again.Jobs = named // unless a job measures several benchmarks under other names
	}
	second, err := again.Measure(cmd.Context(), s.A, s.B)
	if err != nil {
		return all, err
	}
	for i := range all {
		all[i] = append(first[i], second[i]...)
	}
	return all, paired.Confirm(found.Rows, second[0], second[1])
}

// compareFiles compares runs that were measured before.
func (a *app) compareFiles(c *comparison, found *compared, o paired.Options) error {
	var runs [2]*record.Run
	for i, text := range c.sides.Texts {
		foreign := c.foreign
		if foreign.name == "" {
			foreign.name = "latency" // the same on either side, whatever the files are called
		}
		var err error
		if runs[i], _, err = foreign.load(text); err != nil {
			return err
		}
	}
	var err error
	if found.Rows, err = paired.JudgeRuns(runs[0].Series, runs[1].Series, o); err != nil {
		return err
	}
	found.conclude()
	return nil
}

// conclude sums the rows up: worse beats undecided beats the rest.
func (c *compared) conclude() {
	c.Verdict = wcet.Pass
	for _, r := range c.Rows {
		switch r.Verdict {
		case paired.Worse:
			c.Verdict = wcet.Fail
		case paired.Inconclusive, paired.Unconfirmed:
			if c.Verdict == wcet.Pass {
				c.Verdict = wcet.Inconclusive
			}
		}
	}
}

func (a *app) printCompared(c *comparison, found *compared, path string) error {
	d := result.Document{
		Data: found, Title: fmt.Sprintf("rtbench compare %s %s", found.A, found.B), Verdict: string(found.Verdict),
		Text: func(p *result.Page) error { return found.writeText(p, path) },
	}
	for _, r := range found.Rows {
		check := result.Check{
			Bench: r.Bench, Metric: r.Metric, Estimate: signedShare(r.Effect), Upper: signedShare(r.Upper), Limit: signedShare(r.Margin),
			Verdict: string(wcet.Inconclusive), Why: string(r.Verdict) + ": " + r.Why,
		}
		switch r.Verdict {
		case paired.Worse:
			check.Verdict = string(wcet.Fail)
		case paired.Better, paired.Equivalent:
			check.Verdict = string(wcet.Pass)
		}
		d.Checks = append(d.Checks, check)
	}
	if err := a.printDocument(&c.out, d); err != nil {
		return err
	}
	if code := verdictCode(found.Verdict); code != exitPass {
		return &statusError{code: code}
	}
	return nil
}

// signedShare is "+1.25%", empty where there is none.
func signedShare(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return fmt.Sprintf("%+.2f%%", 100*v)
}

func (c *compared) writeText(p *result.Page, path string) error {
	fmt.Fprintln(p)
	table := tabwriter.NewWriter(p, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BENCH\tFIGURE\tA\tB\tEFFECT\tINTERVAL\tMARGIN\tVERDICT")
	for _, r := range c.Rows {
		interval := "–"
		if lower, upper := signedShare(r.Lower), signedShare(r.Upper); lower != "" && upper != "" {
			interval = lower + " to " + upper
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t±%.3g%%\t%s\n", r.Bench, r.Metric,
			nanoseconds(r.A), nanoseconds(r.B), signedShare(r.Effect), interval, 100*r.Margin, r.Verdict)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(p)
	for _, r := range c.Rows {
		if r.Verdict != paired.Equivalent {
			p.Wrap(labelColumn, r.Bench+" "+r.Metric+"  ", string(r.Verdict)+": "+r.Why)
		}
	}
	if path != "" {
		p.Entry("Record", path)
	}
	p.Entry("Verdict", string(c.Verdict))
	return nil
}

// labelColumn is where the reasons begin.
const labelColumn = 24

// nanoseconds is a figure with three decimals at most.
func nanoseconds(v float64) string {
	if v < 1000 {
		return strconv.FormatFloat(v, 'f', 2, 64) + "ns"
	}
	return time.Duration(math.Round(v)).String()
}
