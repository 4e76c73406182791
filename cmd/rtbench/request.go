package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// defaultSuite is measured when neither --bench nor --suite says otherwise.
const defaultSuite = "first-light"

// request is what the flags of a measuring command ask for.
type request struct {
	selection bench.Selection
	duration  time.Duration
	processes int
	out       string
	output    result.Output
	// name and period describe a program of the user's own.
	name   string
	period time.Duration
	// lines are how its output is read.
	lines importFlags
	// firstLine limits how long it may take to print its first latency.
	firstLine time.Duration
	// recorded is true for a program that writes a run file.
	recorded bool
	// argv is that program; empty measures benchmarks of the catalogue.
	argv []string
}

// measuringFlags adds the flags that every measuring command has.
func (a *app) measuringFlags(cmd *cobra.Command, r *request) {
	f := cmd.Flags()
	f.StringSliceVar(&r.selection.Names, "bench", nil, "measure these `BENCHMARKS` (A,B)")
	f.StringSliceVar(&r.selection.Suites, "suite", nil, "measure these `SUITES`; default "+defaultSuite)
	f.DurationVar(&r.duration, "duration", 0, "measure for `D` in all, set-up excluded; default "+defaultDuration.String())
	f.IntVar(&r.processes, "processes", campaign.MinProcesses, "`N` fresh processes per benchmark, at least 5")
	f.StringVar(&r.out, "out", "rtbench-out", "write results to `DIR`")
	r.output.Flags(f)
	f.StringVar(&r.name, "name", "", "with -- COMMAND: the `NAME` of what it measures; default the program's")
	f.DurationVar(&r.period, "period", 0, "with -- COMMAND: the `PERIOD` of its loop, if it has one")
	r.lines.lineFlags(f)
	f.DurationVar(&r.firstLine, "first-line", defaultFirstLine, "with -- COMMAND: it is an error when it prints no latency within `D`; 0 waits without a limit")
	f.BoolVar(&r.recorded, "recorded", false, "with -- COMMAND: it writes the run file that "+campaign.RecordVariable+" names, as include/memkit_record.h does for C and C++")
	a.completeNames(cmd)
}

// defaultFirstLine is long enough for `go run` to compile a program.
const defaultFirstLine = 30 * time.Second

// read takes what the flags do not hold: the command after --.
func (r *request) read(cmd *cobra.Command, args []string) error {
	dash := cmd.ArgsLenAtDash()
	if len(args) > 0 && dash != 0 {
		return errors.New("unexpected argument " + args[0] + "; to measure a program write: rtbench " + cmd.Name() + " -- PROGRAM ARGUMENTS")
	}
	r.argv = args
	if dash == 0 && len(args) == 0 {
		return errors.New("no program after --")
	}
	if err := r.output.Check(); err != nil {
		return err
	}
	if _, err := r.lines.options(); err != nil {
		return err
	}
	if r.firstLine < 0 {
		return fmt.Errorf("--first-line %v: must be ≥0; 0 waits without a limit", r.firstLine)
	}
	if r.recorded && len(args) == 0 {
		return errors.New("--recorded is for a program of your own: add -- PROGRAM")
	}
	if len(args) == 0 && (r.name != "" || r.period != 0) {
		return errors.New("--name and --period describe a program of your own: add -- PROGRAM")
	}
	if len(args) > 0 && !r.selection.All() {
		return errors.New("--bench and --suite select benchmarks of rtbench; -- PROGRAM measures yours: give one or the other")
	}
	return nil
}

// benches are the benchmarks asked for.
func (r *request) benches(catalogue []bench.Benchmark) ([]bench.Benchmark, error) {
	if len(r.argv) > 0 {
		return []bench.Benchmark{r.program()}, nil
	}
	s := r.selection
	if s.All() && slices.ContainsFunc(catalogue, func(b bench.Benchmark) bool { return slices.Contains(b.Suites, defaultSuite) }) {
		s.Suites = []string{defaultSuite}
	}
	return s.From(catalogue)
}

// program describes the user's own program as a benchmark.
func (r *request) program() bench.Benchmark {
	name := r.name
	if name == "" {
		name = programName(r.argv)
	}
	return bench.Benchmark{Name: name, Doc: strings.Join(r.argv, " "), Period: r.period}
}

// programName is the last element of the program's path; of `go run PACKAGE`, the
// package's.
func programName(argv []string) string {
	target := argv[0]
	if len(argv) > 2 && filepath.Base(argv[0]) == "go" && argv[1] == "run" {
		if i := slices.IndexFunc(argv[2:], func(s string) bool { return !strings.HasPrefix(s, "-") }); i >= 0 {
			target = argv[2+i]
		}
	}
	base := filepath.Base(target)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// plan fixes what will be measured, and how.
func (r *request) plan(catalogue []bench.Benchmark) (*campaign.Plan, error) {
	benches, err := r.benches(catalogue)
	if err != nil {
		return nil, err
	}
	c := campaign.Config{Benches: benches, Processes: r.processes, Duration: r.duration}
	if len(r.argv) > 0 && r.duration == 0 {
		return campaign.NewOpenPlan(c)
	}
	if c.Duration == 0 {
		c.Duration = defaultDuration
	}
	return campaign.NewPlan(c)
}

// launcher starts the processes of the plan.
func (r *request) launcher(a *app) campaign.Launcher {
	if r.recorded {
		return &campaign.Recorded{Argv: r.argv, Rest: a.stderr}
	}
	if len(r.argv) > 0 {
		return &campaign.Command{Argv: r.argv, FirstLine: r.firstLine, Lines: r.lines.Options, Rest: a.stderr}
	}
	return a.launch
}
