package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/compare"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/rt/record"
)

// busSchema names the JSON that `bus --json` prints.
const busSchema = "memkit.bus/1"

// busRequest is what the flags of `rtbench bus` ask for.
type busRequest struct {
	against string
	seconds float64
	rounds  int
	period  time.Duration
	output  result.Output
}

func newBusCommand(a *app) *cobra.Command {
	r := &busRequest{}
	cmd := &cobra.Command{
		Use:   "bus",
		Short: "Compare a command and an answer in each period, over each transport, with C",
		Long: `Measure a strict loop that exchanges a command and an answer with a device in
each period, over each transport of rt/bus, in turn with the same loop in C:

  udp     a connected UDP socket on the loopback interface
  unix    a Unix datagram socket
  pty     a pseudo-terminal as a serial line, frames delimited and checked
  memory  rings in shared memory
  pid     not a transport: 1,000 updates of a PID controller

The device of the first three is one thread in C for both. A latency is the time
from when an activation was due until the answer to the last command was taken
and the next command had left. Each row runs in fresh processes, in rounds.

Nothing is judged. Exit codes: 0 compared, 1 error, 3 there is no ratio, because
this machine cannot run the loops.`,
		Example: `  rtbench bus --against c --seconds 5 --json`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.bus(cmd, r) },
	}
	f := cmd.Flags()
	f.StringVar(&r.against, "against", "c", "compare with this `PEER`: c, or none")
	f.Float64Var(&r.seconds, "seconds", 5, "measure each row for `S` seconds in all")
	f.IntVar(&r.rounds, "rounds", 5, "in `N` rounds")
	f.DurationVar(&r.period, "period", time.Millisecond, "the loop's `PERIOD`")
	r.output.Flags(f)
	return cmd
}

func (r *busRequest) check() error {
	each := time.Duration(r.seconds / float64(max(1, r.rounds)) * float64(time.Second))
	switch {
	case r.against != "c" && r.against != "none":
		return fmt.Errorf("--against %s: unknown peer; there is c, or none", r.against)
	case r.rounds < 1 || r.rounds > 100:
		return fmt.Errorf("--rounds %d: must be 1 to 100", r.rounds)
	case r.period < 100*time.Microsecond:
		return fmt.Errorf("--period %v: must be at least 100µs", r.period)
	case !(r.seconds > 0 && r.seconds < 86400):
		return fmt.Errorf("--seconds %v: must be above 0 and below a day", r.seconds)
	case each < leastPeriods*r.period:
		return fmt.Errorf("--seconds %v: leaves less than %d periods a round; give more, or fewer --rounds", r.seconds, leastPeriods)
	}
	return nil
}

func (r *busRequest) rows() []bench.Benchmark { return suite.BusRows(r.period, r.against == "c") }

func (a *app) bus(cmd *cobra.Command, r *busRequest) error {
	if err := r.check(); err != nil {
		return err
	}
	rows := r.rows()
	plan := campaign.NewRounds(rows, r.rounds, time.Duration(r.seconds/float64(r.rounds)*float64(time.Second)))
	a.announce(r.output.Page(a.stdout), plan)
	run, err := a.conduct(cmd.Context(), a.launchRow([]string{busRowName, "--period=" + r.period.String()}), plan, nil)
	if err != nil {
		return err
	}
	compared := newBusResult(r, run, rows)
	err = r.output.Print(a.stdout, result.Document{Data: compared, Text: compared.writeText})
	if err == nil && r.against == "c" && len(compared.Ratios) == 0 {
		return &statusError{code: exitOpen, err: errors.New("nothing could be compared: " + compared.obstacles())}
	}
	return err
}

// busRowName is the hidden command that measures one row.
const busRowName = "bus-row-in-this-process"

func newBusRowCommand() *cobra.Command {
	r := &busRequest{against: "c"}
	var (
		name   string
		params bench.Params
	)
	cmd := &cobra.Command{
		Use:    busRowName,
		Short:  "Measure one row of rtbench bus here and write a run file to standard output",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return measureHere(cmd, r.rows(), name, params) },
	}
	cmd.Flags().DurationVar(&r.period, "period", time.Millisecond, "the loop's `PERIOD`")
	measureFlags(cmd, &name, &params)
	return cmd
}

// busResult is what `bus --json` prints. Times are in ns.
type busResult struct {
	Schema  string            `json:"schema"`
	Env     map[string]string `json:"env"`
	Period  int64             `json:"period"`
	Rounds  int               `json:"rounds"`
	Seconds float64           `json:"seconds"`
	Benches []busRow          `json:"benches"`
	// Ratios to C: row → percentile → value.
	Ratios map[string]map[string]*float64 `json:"ratios"`
}

// busRow is a loop's row with the counts of its exchange, null where there is none.
type busRow struct {
	loopRow
	Answered *float64 `json:"answered"`
	Late     *float64 `json:"late"`
	Lost     *float64 `json:"lost"`
}

// MarshalJSON adds the counts to the other fields.
func (r busRow) MarshalJSON() ([]byte, error) {
	row, err := r.loopRow.MarshalJSON()
	if err != nil {
		return nil, err
	}
	counts, err := json.Marshal(map[string]*float64{"answered": r.Answered, "late": r.Late, "lost": r.Lost})
	if err != nil {
		return nil, err
	}
	return append(append(row[:len(row)-1], ','), counts[1:]...), nil
}

func newBusResult(r *busRequest, run *record.Run, benches []bench.Benchmark) *busResult {
	res := &busResult{
		Schema: busSchema, Env: run.Env, Period: r.period.Nanoseconds(), Rounds: r.rounds, Seconds: r.seconds,
		Ratios: map[string]map[string]*float64{},
	}
	var names []string
	for _, b := range benches {
		names = append(names, b.Name)
	}
	rows := compare.Rows(run, names)
	for _, row := range rows {
		b := busRow{loopRow: newLoopRow(row)}
		c := row.Counters()
		for name, field := range map[string]**float64{"answered": &b.Answered, "late": &b.Late, "lost": &b.Lost} {
			if v, counted := c[name]; counted {
				*field = &v
			}
		}
		inC := compare.Find(rows, suite.InC+row.Name)
		if inC != nil && compare.Find(rows, row.Name) != nil {
			b.loopRow.Ratios = certificate.Ratios{}
			of := map[string]*float64{}
			for percentile, ratio := range compare.Ratios(row, []*compare.Row{inC}) {
				of[percentile] = finite(ratio[inC.Name])
			}
			res.Ratios[row.Name] = of
			if row.Name == suite.RowPID {
				b.RatioOf = "p50"
			}
			if v := of[b.RatioOf]; v != nil {
				b.loopRow.Ratios[inC.Name] = *v
			}
		}
		res.Benches = append(res.Benches, b)
	}
	return res
}

// obstacles are the reasons why there is no ratio.
func (res *busResult) obstacles() string {
	var reasons []string
	for _, b := range res.Benches {
		if b.Unavailable != "" {
			reasons = append(reasons, b.Name+": "+b.Unavailable)
		}
	}
	return strings.Join(reasons, "; ")
}

// writeText prints the comparison for people; times are in µs.
func (res *busResult) writeText(w *result.Page) error {
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "RESPONSE, µs\tp50\tp99\tmax\tratio\tperiods\tskipped\texempt\tanswered\tlate\tlost\tlost Ps\tallocs\t")
	for _, b := range res.Benches {
		if b.Unavailable != "" {
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", b.Name, micros(b.P50), micros(b.P99), micros(b.Max),
			times(res.Ratios[b.Name][b.RatioOf]), number(b.Periods), number(b.Skipped), number(b.Exempt),
			number(b.Answered), number(b.Late), number(b.Lost), number(b.LostP), number(b.Allocs))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	w.Entry("Ratio", "of the p99 to C's, of the median for pid")
	if missing := res.obstacles(); missing != "" {
		w.Entry("Missing", missing)
	}
	_, err := fmt.Fprintln(w)
	return err
}
