package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/trace"
)

// What the trace of a loop is made of.
var (
	traceNames   trace.Names
	traceStep    = traceNames.Label("step")
	traceSkipped = traceNames.Counter("skipped periods", trace.Count)
)

const (
	tracePeriod = time.Millisecond
	// traceEvents, at three or four a step, last for a second in which nothing
	// drains them; traceDrain is how long that is when all is well.
	traceEvents = 1 << 12
	traceDrain  = 10 * time.Millisecond
)

// newTraceCommand records a loop for a trace viewer.
func newTraceCommand() *cobra.Command {
	var (
		duration time.Duration
		file     string
	)
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "Record a 1 kHz loop for the Perfetto trace viewer",
		Long: `Run a loop of 1 kHz in the strictest mode that this machine grants, and write a
trace with a span for each step and counters for the wake latency, skipped
periods and events that the trace had to drop. ui.perfetto.dev opens the file.`,
		Example: `  rtbench trace --duration 2s -o loop.perfetto-trace`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if duration <= 0 {
				return fmt.Errorf("--duration %v: must be positive; give e.g. 2s", duration)
			}
			done, err := writeTrace(cmd.Context(), file, duration)
			if err != nil {
				return err
			}
			return done.writeText(cmd.OutOrStdout(), file)
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&duration, "duration", 2*time.Second, "how long the loop runs")
	flags.StringVarP(&file, "output", "o", "loop.perfetto-trace", "write the trace to `FILE`, complete or not at all; an older one is replaced")
	return cmd
}

// traced is what a recorded loop was and did.
type traced struct {
	granted rt.Granted
	loop    rt.Stats
	events  trace.Stats
}

// writeText tells what there is to see, and why the loop was no stricter.
func (r traced) writeText(w io.Writer, file string) error {
	fmt.Fprintf(w, "%s: %d steps of a %v loop, %d periods skipped, worst wake latency %v; %d events, %d dropped\n",
		file, r.loop.Ticks, r.granted.Mode, r.loop.Skipped, time.Duration(r.loop.MaxLatency), r.events.Written, r.events.Dropped)
	for _, missing := range r.granted.Missing {
		fmt.Fprintln(w, "not granted:", missing)
	}
	_, err := fmt.Fprintln(w, "Open it in ui.perfetto.dev.")
	return err
}

// writeTrace records a loop into file. An error leaves file as it was.
func writeTrace(ctx context.Context, file string, duration time.Duration) (r traced, err error) {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return r, fmt.Errorf("-o %s: is there and no regular file, which a rename would replace; give a file", file)
	}
	out, err := openOutputs(filepath.Dir(file))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	err = out.stage(filepath.Base(file), func(w io.Writer) error {
		r, err = traceLoop(ctx, w, duration)
		return err
	})
	if err != nil {
		return r, err
	}
	return r, out.commit()
}

// traceLoop prepares the process and records its loop.
func traceLoop(ctx context.Context, w io.Writer, duration time.Duration) (r traced, err error) {
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, process.Close()) }()
	loop, err := rt.NewLoop(rt.LoopConfig{Name: "trace", Period: tracePeriod, Mode: rt.Auto})
	if err != nil {
		return r, err
	}
	buffer, err := trace.Create(make([]byte, trace.Size(traceEvents)), "loop", &traceNames)
	if err != nil {
		return r, err
	}
	tracer, err := buffer.Tracer()
	if err != nil {
		return r, err
	}
	writer, err := trace.NewWriter(w, trace.Process{Name: "rtbench"}, buffer)
	if err != nil {
		return r, err
	}
	err = runTraced(ctx, loop, tracer, writer, duration)
	return traced{loop.Granted(), loop.Stats(), writer.Stats()}, errors.Join(err, tracer.Close())
}

// runTraced runs the loop while an ordinary goroutine drains its events. A write
// that fails ends the loop.
func runTraced(ctx context.Context, loop *rt.Loop, tracer *trace.Tracer, writer *trace.Writer, duration time.Duration) error {
	running, end := context.WithTimeout(ctx, duration)
	defer end()
	drained := make(chan error, 1)
	go func() {
		drained <- writer.Run(running, traceDrain)
		end()
	}()
	skipped := int64(0)
	err := loop.Run(running, func(t *rt.Tick) error {
		tracer.Tick(t.Intended, t.Now)
		tracer.Begin(traceStep, t.Now)
		if t.Skipped > 0 {
			skipped += t.Skipped
			tracer.Count(traceSkipped, skipped, t.Now)
		}
		tracer.End(rt.Now())
		return nil
	})
	if ctx.Err() == nil && errors.Is(err, running.Err()) {
		err = nil // the duration is over, or the drain has reported the error
	}
	end()
	return errors.Join(err, <-drained, writer.Close())
}
