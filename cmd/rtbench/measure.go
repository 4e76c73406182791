package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/rt/record"
)

// measureName is the hidden command that a campaign starts fresh processes with.
const measureName = "measure-in-this-process"

// orphanGrace is how long a measuring process whose parent is gone may take to
// put back what it changed.
const orphanGrace = 5 * time.Second

var errOrphaned = errors.New("the process that asked for this measurement is gone")

// newMeasureCommand measures one benchmark in this very process and writes a run
// file to standard output.
func newMeasureCommand(a *app) *cobra.Command {
	var (
		name   string
		params bench.Params
	)
	cmd := &cobra.Command{
		Use:    measureName,
		Short:  "Measure one benchmark here and write a run file to standard output",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return measureHere(cmd, a.catalogue, name, params)
		},
	}
	measureFlags(cmd, &name, &params)
	return cmd
}

// measureFlags are those that campaign.SelfExec gives.
func measureFlags(cmd *cobra.Command, name *string, params *bench.Params) {
	cmd.Flags().StringVar(name, "bench", "", "the benchmark's `NAME`")
	cmd.Flags().DurationVar(&params.Duration, "duration", time.Second, "how long to measure, set-up excluded")
	cmd.Flags().Uint64Var(&params.Seed, "seed", 1, "seed of pseudo-random choices")
}

// measureHere measures the benchmark of that name and writes the run file.
func measureHere(cmd *cobra.Command, catalogue []bench.Benchmark, name string, params bench.Params) error {
	selected, err := bench.Selection{Names: []string{name}}.From(catalogue)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if out == io.Writer(os.Stdout) {
		// A stray print must not land in the run file.
		os.Stdout = os.Stderr
	}
	ctx := parented(cmd.Context(), cmd.InOrStdin(), func() { os.Exit(exitError) })
	series, err := measure(ctx, selected[0], params)
	if err != nil {
		return err
	}
	return record.Write(out, &record.Run{Series: series})
}

// measure runs b, and turns "not available here" into a result.
func measure(ctx context.Context, b bench.Benchmark, p bench.Params) ([]record.Series, error) {
	series, err := b.Measure(ctx, p)
	if errors.Is(err, bench.ErrUnavailable) {
		return []record.Series{{
			Name: b.Name, Kind: record.Latency, Unit: "ns", Ops: 1,
			Unavailable: strings.TrimPrefix(err.Error(), bench.ErrUnavailable.Error()+": "),
		}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	return series, nil
}

// parented ends the context when stdin, which the parent holds open, ends, and
// calls exit some time later: no measuring process outlives the one that asked
// for it. When it returns, the goroutine that waits has nothing left to allocate.
func parented(ctx context.Context, stdin io.Reader, exit func()) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	waiting := make(chan struct{})
	go func() {
		var b [1]byte
		close(waiting)
		for {
			if _, err := stdin.Read(b[:]); err != nil {
				break
			}
		}
		cancel(errOrphaned)
		time.AfterFunc(orphanGrace, exit)
	}()
	<-waiting
	return ctx
}
