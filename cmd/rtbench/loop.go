package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	// defaultSpin is how long a hybrid wake spins unless told otherwise: twice
	// what a wake by sleeping is late by (22 to 25 µs, 2-core virtual machine,
	// Linux 6.18 PREEMPT_DYNAMIC, FIFO), and a sixteenth of a period of 1 ms.
	defaultSpin = 60 * time.Microsecond
	// leastPeriods of a row in a round; the first of them decide nothing.
	leastPeriods = 100
	// mostBusy goroutines are more than any machine has CPUs for.
	mostBusy = 1024
)

// loopRequest is what the flags of `rtbench loop` ask for.
type loopRequest struct {
	peers            []string
	period, duration time.Duration
	rounds           int
	busy, garbage    int
	wake             string
	output           result.Output
	out              string
}

func newLoopCommand(a *app) *cobra.Command {
	r := &loopRequest{}
	cmd := &cobra.Command{
		Use:   "loop",
		Short: "Compare a Go loop with C and cyclictest, and attribute its tail to Go, kernel or host",
		Long: `Measure one periodic loop in several ways, one after the other, in rounds of
rotated order, each time in a fresh process on the same CPU, and compare them:

  strict        memkit's strict loop; the load runs in the same process
  hybrid        the same, but it spins for the last microseconds
  isolate       memkit's loop in an isolate; the load runs in its parent
  isolate-idle  the isolate without the load, where there is one
  plain         an ordinary goroutine with a time.Ticker under the load
  c             a SCHED_FIFO thread in C; the load runs in another process
  cyclictest    the kernel developers' own test, of the package rt-tests

While each row runs, a C thread of higher priority on the same CPU checks twice
a period whether the machine itself stalls. Periods that a loop skips then, or
while the host steals the CPU, are counted apart, as exempt.

Nothing is judged. Exit codes: 0 compared, 1 error, 3 there is no ratio, because
this machine cannot run the strict loop or any of the peers.`,
		Example: `  rtbench loop --against c,cyclictest
  rtbench loop --period 250us --rounds 15 --busy 4 --garbage 1 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.loop(cmd, r) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&r.peers, "against", suite.Peers(), "compare with these `PEERS`")
	f.DurationVar(&r.duration, "duration", 5*time.Second, "measure each row for `D` in each round")
	f.IntVar(&r.rounds, "rounds", 5, "`N` rounds; a confidence limit needs 5, and 300,000 periods in all")
	f.StringVar(&r.out, "out", "", "also write the samples to `DIR`, for rtbench report")
	r.output.Flags(f)
	r.conditionFlags(cmd)
	return cmd
}

// conditionFlags are those that hold for every row, and which its process gets.
func (r *loopRequest) conditionFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.DurationVar(&r.period, "period", time.Millisecond, "the loop's `PERIOD`")
	f.IntVar(&r.busy, "busy", 0, "`N` goroutines that compute without a pause are the load")
	f.IntVar(&r.garbage, "garbage", 0, "`N` times 50 MB/s of garbage are the load")
	f.StringVar(&r.wake, "wake", "sleep", "how strict and isolate wait: sleep, timerfd or hybrid=`MARGIN`")
}

// check refuses what cannot be measured, before anything is.
func (r *loopRequest) check() error {
	for _, peer := range r.peers {
		if !slices.Contains(suite.Peers(), peer) {
			return fmt.Errorf("--against %s: unknown peer; there are %s", peer, strings.Join(suite.Peers(), ", "))
		}
	}
	switch {
	case len(r.peers) == 0:
		return fmt.Errorf("--against: names no peer; there are %s", strings.Join(suite.Peers(), ", "))
	case r.period <= 0:
		return fmt.Errorf("--period %v: must be positive; give e.g. 1ms", r.period)
	case slices.Contains(r.peers, suite.RowCyclictest) && r.period%time.Microsecond != 0:
		return fmt.Errorf("--period %v: cyclictest knows whole microseconds only; give e.g. %v, or --against %s", r.period, r.period.Round(time.Microsecond), suite.RowC)
	case r.rounds < 1:
		return fmt.Errorf("--rounds %d: must be ≥1; 5 give a confidence limit", r.rounds)
	case r.duration/leastPeriods < r.period:
		return fmt.Errorf("--duration %v: holds less than %d periods of %v; give at least %v", r.duration, leastPeriods, r.period, leastPeriods*r.period)
	case r.busy < 0 || r.busy > mostBusy:
		return fmt.Errorf("--busy %d: must be 0 to %d goroutines", r.busy, mostBusy)
	case r.garbage < 0:
		return fmt.Errorf("--garbage %d: must be ≥0, in units of 50 MB/s", r.garbage)
	}
	c, err := r.comparison()
	if err != nil {
		return err
	}
	for _, wake := range []rt.Wake{c.Wake, rt.Hybrid(c.Margin)} {
		_, err := rt.NewLoop(rt.LoopConfig{Period: c.Period, Wake: wake, Mode: rt.Portable})
		var config *rt.ConfigError
		if errors.As(err, &config) {
			return fmt.Errorf("--period %v --wake %s: %w", r.period, r.wake, err)
		}
	}
	if err := c.RoomFor(r.duration); err != nil {
		return fmt.Errorf("--garbage %d: %w", r.garbage, err)
	}
	return nil
}

// comparison is the request in the suite's terms.
func (r *loopRequest) comparison() (suite.Comparison, error) {
	c := suite.Comparison{Period: r.period, Busy: r.busy, Garbage: r.garbage, Margin: min(defaultSpin, r.period/2)}
	name, value, given := strings.Cut(r.wake, "=")
	switch {
	case name == "sleep" && !given:
	case name == "timerfd" && !given:
		c.Wake = rt.Timerfd
	case name == "hybrid" && !given:
		c.Wake = rt.Hybrid(c.Margin)
	case name == "hybrid":
		margin, err := time.ParseDuration(value)
		if err != nil || margin <= 0 {
			return c, fmt.Errorf("--wake %s: %q is no positive duration; give e.g. hybrid=60us", r.wake, value)
		}
		c.Margin, c.Wake = margin, rt.Hybrid(margin)
	default:
		return c, fmt.Errorf("--wake %s: unknown method; there are sleep, timerfd and hybrid=60us", r.wake)
	}
	return c, nil
}

// rowArgs call this binary to measure one row.
func (r *loopRequest) rowArgs(busy, garbage int) []string {
	return []string{
		loopRowName, "--period=" + r.period.String(), "--wake=" + r.wake,
		"--busy=" + strconv.Itoa(busy), "--garbage=" + strconv.Itoa(garbage),
	}
}

func (a *app) loop(cmd *cobra.Command, r *loopRequest) error {
	if err := r.check(); err != nil {
		return err
	}
	run, rows, err := a.measureLoop(cmd, r)
	if err != nil {
		return err
	}
	compared := newLoopResult(r, run, rows)
	err = r.output.Print(a.stdout, result.Document{Data: compared, Text: compared.writeText})
	if err == nil && !compared.hasRatio() {
		return &statusError{code: exitOpen, err: errors.New("nothing could be compared: " + compared.obstacles())}
	}
	return err
}

// measureLoop runs all rounds, and keeps the samples where that is asked for.
func (a *app) measureLoop(cmd *cobra.Command, r *loopRequest) (run *record.Run, rows []bench.Benchmark, err error) {
	c, err := r.comparison()
	if err != nil {
		return nil, nil, err
	}
	var out *outputs
	if r.out != "" {
		if out, err = openOutputs(r.out); err != nil {
			return nil, nil, err
		}
		defer func() { err = errors.Join(err, out.discard()) }()
	}
	rows = a.rows(c, r.peers)
	plan := campaign.NewRounds(rows, r.rounds, r.duration)
	a.announce(r.output.Page(a.stdout), plan)
	run, err = a.conduct(cmd.Context(), a.launchRow(r.rowArgs(r.busy, r.garbage)), plan, nil)
	if err != nil || out == nil {
		return run, rows, err
	}
	file, _, err := encodeRun(withoutControl(run))
	if err != nil {
		return nil, nil, err
	}
	if err := stageBytes(out, runName, file); err != nil {
		return nil, nil, err
	}
	return run, rows, out.commit()
}

// withoutControl is the run in terms that other commands know: to them, an outlier
// during which the C thread was late too is unattributed, the kernel's or the
// host's.
func withoutControl(run *record.Run) *record.Run {
	told := *run
	told.Series = slices.Clone(run.Series)
	for i := range told.Series {
		s := &told.Series[i]
		s.Outliers = slices.Clone(s.Outliers)
		for k := range s.Outliers {
			s.Outliers[k].Cause &^= suite.ControlLate
		}
	}
	return &told
}

// loopRowName is the hidden command that a comparison starts fresh processes
// with.
const loopRowName = "loop-row-in-this-process"

func newLoopRowCommand(a *app) *cobra.Command {
	r := &loopRequest{}
	var (
		name   string
		params bench.Params
	)
	cmd := &cobra.Command{
		Use:    loopRowName,
		Short:  "Measure one row of a comparison here and write a run file to standard output",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.comparison()
			if err != nil {
				return err
			}
			c.Alone = a.launchRow(r.rowArgs(0, 0))
			return measureHere(cmd, a.rows(c, suite.Peers()), name, params)
		},
	}
	r.conditionFlags(cmd)
	measureFlags(cmd, &name, &params)
	return cmd
}
