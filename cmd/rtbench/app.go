package main

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/inherit"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/throttle"
	"github.com/memkit-go/memkit/rt/env"
)

// app holds what the commands depend on; tests replace it.
type app struct {
	catalogue []bench.Benchmark
	launch    campaign.Launcher
	// rows of a comparison, and what starts one when this binary is called with
	// args.
	rows      func(c suite.Comparison, peers []string) []bench.Benchmark
	launchRow func(args []string) campaign.Launcher
	cpu       func() (env.CPUTime, error)
	// caller is the scheduling that this process had from its caller.
	caller inherit.State
	// quota is what the control group has stopped so far; false where it cannot be read.
	quota func() (throttle.Count, bool)
	// slowing reads what else slows programs down from outside; nil for nothing.
	slowing     func() throttle.Reading
	fingerprint func() map[string]string
	// commit of the repository around the working directory, empty outside of one.
	commit  func(context.Context) string
	inspect func() []env.Finding
	// burner starts another process that computes on the GPU, and returns what ends it
	// and says how many jobs it has done. Nil: there is no such row.
	burner func(ctx context.Context) (stop func() int64, err error)
	// root of the machine's files; empty is "/".
	root string
	// selfTestRuns of each fault test the gate before a certificate; 0: none.
	selfTestRuns int
	// keeping is true while an interrupted command writes what it has measured.
	keeping atomic.Bool
	// command line as typed, for the record.
	command        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// known are the benchmarks that a budget may name.
func (a *app) known(more ...bench.Benchmark) budget.Known {
	k := budget.Known{}
	for _, b := range append(more, a.catalogue...) {
		k[b.Name] = max(k[b.Name], b.Period)
	}
	return k
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "rtbench",
		Short: "Certify what this machine can promise a real-time program",
		Long: `rtbench measures latencies in fresh processes, bounds them with stated
confidence, and judges them against the budgets in rtbench.toml. It refuses to
pass what the evidence does not support.

Exit codes: 0 pass, 1 error, 2 a budget is broken, 3 inconclusive or unsupported.`,
		Example: `  rtbench certify                          this machine, about 3 minutes
  rtbench certify --bench loop/wake-1ms    one benchmark
  rtbench run -- ./my-loop                 your program, one latency a line
  rtbench check rtbench-out/run.rtrun --budget rtbench.toml
  rtbench doctor                           what to change on this machine`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
	}
	const measuring, machine = "measuring", "machine"
	root.AddGroup(
		&cobra.Group{ID: measuring, Title: "Measure and judge:"},
		&cobra.Group{ID: machine, Title: "Machine and program:"})
	for _, c := range []*cobra.Command{newCertifyCommand(a), newRunCommand(a), newCheckCommand(a), newCompareCommand(a), newHistoryCommand(a), newReportCommand(a), newLoopCommand(a), newBusCommand(a), newFitCommand(), newImportCommand(a), newExportCommand(a), newAudioCommand(a), newGPUCommand(a), newHILCommand(a), newBudgetCommand(a), newCoverageCommand(a), newSelfTestCommand(a)} {
		c.GroupID = measuring
		root.AddCommand(c)
	}
	for _, c := range []*cobra.Command{newListCommand(a), newDoctorCommand(a), newTraceCommand(), newVerifyCommand(a), newVersionCommand()} {
		c.GroupID = machine
		root.AddCommand(c)
	}
	root.AddCommand(newMeasureCommand(a), newLoopRowCommand(a), newBusRowCommand(), newPlayCommand(), newGPUBurnCommand())
	return root
}

// defaultDuration keeps a default certify below three minutes in all: two of
// measuring, the rest for starting eighty processes and for the analysis.
const defaultDuration = 2 * time.Minute
