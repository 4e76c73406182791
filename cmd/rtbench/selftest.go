package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/selftest"
)

const (
	// selfTestSchema names the JSON that `selftest --json` prints.
	selfTestSchema = "memkit.selftest/1"
	// liveBench is measured to have a base that no formula made, for liveDuration.
	liveBench       = "pool/local"
	liveDuration    = 300 * time.Millisecond
	defaultRuns     = 500
	defaultLiveRuns = 20
	// shortRuns of each fault go before every certificate, two seconds.
	shortRuns   = 20
	defaultSeed = 1
	// sequentialShare judgements with repeated looks go with each run of the faults.
	sequentialShare   = 20
	defaultSequential = sequentialShare * defaultRuns
	selfTestGateNote  = "caught = rtbench check ends with exit status 2"
)

// selfTestReport is what `selftest --json` prints: the figures on synthetic data,
// and those on live latencies where they were asked for.
type selfTestReport struct {
	Schema string `json:"schema"`
	certificate.SelfTest
	Live *liveSelfTest `json:"live,omitempty"`
}

// liveSelfTest are the figures with a measured base.
type liveSelfTest struct {
	Bench string `json:"bench"`
	// Samples measured; Unavailable says why there are none.
	Samples     int    `json:"samples"`
	Unavailable string `json:"unavailable,omitempty"`
	selftest.Result
}

// newSelfTestCommand proves that the gate can fail.
func newSelfTestCommand(a *app) *cobra.Command {
	var (
		opt      selftest.Options
		liveRuns int
		out      result.Output
	)
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that the gate fails when it must, and only then",
		Long: `Inject faults (a rare delay, a mixture, a drift, a step, bursts) into latencies
of known quantiles, judge each run as rtbench check does, and count how often the
verdict is FAIL; then do the same without a fault. The base is synthetic, and
once more the measured latencies of ` + liveBench + `. At last judge growing samples in five
looks, as rtbench run --until-decided does, by a budget that lies at the truth.

Exit codes: 0 the gate is sound, 1 error, 2 it misses more than 1% of some fault,
raises false alarms in more than 1% of all runs, or is wrong too often when it looks
repeatedly: in more than 5% by PASS or 1% by FAIL.`,
		Example: `  rtbench selftest
  rtbench selftest --runs 50 --json --seed 7`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := a.selfTest(cmd.Context(), opt, liveRuns)
			if err != nil {
				return err
			}
			err = out.Print(a.stdout, result.Document{Data: r, Text: r.writeText})
			if err == nil && !r.Sound {
				return &statusError{code: exitBreach}
			}
			return err
		},
	}
	f := cmd.Flags()
	f.IntVar(&opt.Runs, "runs", defaultRuns, "`N` runs of each fault on synthetic latencies")
	f.IntVar(&opt.Sequential, "sequential", defaultSequential, "`N` judgements with five looks each at a budget that lies at the truth")
	f.IntVar(&liveRuns, "live-runs", defaultLiveRuns, "`N` runs of each fault on measured latencies; 0 measures nothing")
	f.Uint64Var(&opt.Seed, "seed", defaultSeed, "`SEED` of all draws")
	out.Flags(f)
	return cmd
}

func (a *app) selfTest(ctx context.Context, opt selftest.Options, liveRuns int) (*selfTestReport, error) {
	if opt.Runs < 1 || opt.Sequential < 0 || liveRuns < 0 {
		return nil, fmt.Errorf("--runs %d, --sequential %d, --live-runs %d: the first must be ≥1, the others ≥0", opt.Runs, opt.Sequential, liveRuns)
	}
	live, base, err := a.liveBase(ctx, liveRuns, opt.Seed)
	if err != nil {
		return nil, err
	}
	bar := newCountBar(a.stderr)
	defer bar.close()
	opt.Progress = bar.show
	result, err := selftest.SelfTest(ctx, opt)
	if err != nil {
		return nil, err
	}
	r := &selfTestReport{Schema: selfTestSchema, SelfTest: *certificate.NewSelfTest(thisBuild().Version, opt.Seed, result), Live: live}
	if base == nil {
		return r, nil
	}
	if live.Result, err = selftest.SelfTest(ctx, selftest.Options{Runs: liveRuns, Seed: opt.Seed, Base: base}); err != nil {
		return nil, fmt.Errorf("%s as a base: %w", liveBench, err)
	}
	r.Sound = r.Sound && certificate.Sound(live.Result)
	return r, nil
}

// liveBase measures latencies in one fresh process; nil when none were asked for
// or this machine cannot measure them.
func (a *app) liveBase(ctx context.Context, runs int, seed uint64) (*liveSelfTest, []int64, error) {
	if runs == 0 {
		return nil, nil, nil
	}
	selected, err := bench.Selection{Names: []string{liveBench}}.From(a.catalogue)
	if err != nil {
		return nil, nil, err
	}
	series, err := a.launch.Launch(ctx, campaign.Job{Bench: selected[0], Params: bench.Params{Duration: liveDuration, Seed: seed}})
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", liveBench, err)
	}
	live := &liveSelfTest{Bench: liveBench}
	for _, s := range series {
		if s.Unavailable != "" {
			live.Unavailable = s.Unavailable
			return live, nil, nil
		}
		if s.Kind == record.Latency {
			live.Samples = len(s.Samples)
			return live, s.Samples, nil
		}
	}
	return nil, nil, errors.New(liveBench + ": measured no latencies")
}

// gateTest is what a certificate says of the gate itself: the figures of an earlier
// self-test of this very build at path, or those of a short one made now. Synthetic
// draws depend on nothing but the seed, so both tell the same, the longer one more
// precisely.
func (a *app) gateTest(ctx context.Context, path string) (*certificate.SelfTest, error) {
	if path == "" {
		if a.selfTestRuns == 0 {
			return nil, nil
		}
		done := waitFor(a.stderr, "testing the gate …")
		defer done()
		result, err := selftest.SelfTest(ctx, selftest.Options{Runs: a.selfTestRuns, Sequential: sequentialShare * a.selfTestRuns, Seed: defaultSeed})
		if err != nil {
			return nil, err
		}
		return certificate.NewSelfTest(thisBuild().Version, defaultSeed, result), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r selfTestReport
	switch err := json.Unmarshal(text, &r); {
	case err != nil:
		return nil, fmt.Errorf("%s: %w; write it with rtbench selftest --json", path, err)
	case r.Schema != selfTestSchema || len(r.Detect) == 0 || r.FalseAlarms.Runs == 0:
		return nil, fmt.Errorf("%s: no result of a self-test; write it with rtbench selftest --json", path)
	case r.Version != thisBuild().Version:
		return nil, fmt.Errorf("%s: tests version %s, this is %s; test this one", path, r.Version, thisBuild().Version)
	}
	r.Sound = r.Sound && certificate.Sound(r.Result)
	return &r.SelfTest, nil
}

func (r *selfTestReport) writeText(w *result.Page) error {
	writeSelfTest(w, "Synthetic latencies, five processes a run; "+selfTestGateNote+".", r.Result)
	switch live := r.Live; {
	case live == nil:
	case live.Unavailable != "":
		fmt.Fprintf(w, "\n%s could not be measured: %s\n", live.Bench, live.Unavailable)
	default:
		fmt.Fprintln(w)
		writeSelfTest(w, fmt.Sprintf("Drawn from %d measured latencies of %s.", live.Samples, live.Bench), live.Result)
	}
	verdict := "The gate is sound: it catches what it must and raises a false alarm in no more than 1% of all runs."
	if !r.Sound {
		verdict = "The gate is NOT sound: it misses faults or raises false alarms."
	}
	_, err := fmt.Fprintf(w, "\n%s\n", verdict)
	return err
}

func writeSelfTest(w io.Writer, title string, r selftest.Result) {
	fmt.Fprintf(w, "%s\n\n", title)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FAULT\tFAIL\tOF\tSHARE, 95% INTERVAL")
	line := func(name string, fails, runs int, ci [2]float64) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f–%.1f%%\n", name, fails, runs, 100*ci[0], 100*ci[1])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Detect)) {
		d := r.Detect[name]
		line(name, d.Caught, d.Runs, d.CI)
	}
	line("none", r.FalseAlarms.Fails, r.FalseAlarms.Runs, r.FalseAlarms.CI)
	if s := r.Sequential; s != nil {
		line("none, five looks", s.Fail, s.Runs, s.FailCI)
		line("the same, PASS", s.Pass, s.Runs, s.PassCI)
	}
	_ = table.Flush() // what w refuses shows in the caller's last write
}
