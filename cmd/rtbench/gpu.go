package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/gpubench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/gpu/vulkan"
)

// gpuBurnName is the hidden command that computes on the device in a process of its
// own.
const gpuBurnName = "gpu-burn-in-this-process"

// gpuRequest is what the flags ask for.
type gpuRequest struct {
	config gpubench.Config
	output result.Output
	mostMB uint64
}

func gpuDrivers() []gpu.Driver { return []gpu.Driver{vulkan.Driver{}, dummy.Driver{}} }

func newGPUCommand(a *app) *cobra.Command {
	r := &gpuRequest{}
	cmd := &cobra.Command{
		Use:   "gpu",
		Short: "Measure round trips and transfers of a GPU, and what disturbs them",
		Long: `Measure how long a device takes to answer: a resident kernel that is rung by a
store to device memory, and a job that is submitted; back to back, and at the pace
of audio blocks of 64 samples; in Go and in C. Convolve such blocks with 4096 taps,
and compare the result with float64. Then the same under load from allocations,
computations and uploads, and the bandwidth of transfers by size.

The backends are vulkan, which needs libvulkan.so.1 and a driver, and dummy, which
runs kernels in Go: its times mean nothing.`,
		Example: `  rtbench gpu
  rtbench gpu --backend dummy --json
  rtbench gpu --parts roundtrips,fir --n 20000 --cpu 3 --priority 80`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.gpu(cmd.Context(), r) },
	}
	f := cmd.Flags()
	f.StringVar(&r.config.Backend, "backend", "auto", "`B` is vulkan, dummy, or auto for the first that has a device")
	f.IntVar(&r.config.N, "n", 2000, "`N` round trips a row")
	f.IntVar(&r.config.Rings, "rings", 20000, "`N` rings of the long run, over many launches")
	f.StringSliceVar(&r.config.Parts, "parts", nil, "only these `PARTS` of "+strings.Join(gpubench.AllParts, ", "))
	f.Uint64Var(&r.mostMB, "most", 16, "transfers up to `N` MiB")
	f.IntVar(&r.config.CPU, "cpu", -1, "run on CPU `N`")
	f.IntVar(&r.config.Priority, "priority", 0, "run under SCHED_FIFO with priority `N`")
	f.BoolVar(&r.config.Validation, "validation", false, "let the driver check every call")
	r.output.Flags(f)
	return cmd
}

func (a *app) gpu(ctx context.Context, r *gpuRequest) error {
	if r.mostMB < 1 || r.mostMB > 1<<12 {
		return fmt.Errorf("--most %d: must be 1 to 4096 MiB", r.mostMB)
	}
	if r.config.Priority < 0 || r.config.Priority > 98 {
		return fmt.Errorf("--priority %d: must be 0 to 98", r.config.Priority)
	}
	r.config.MostBytes = r.mostMB << 20
	r.config.Drivers = gpuDrivers()
	if a.burner != nil {
		r.config.Burner = func() (func() int64, error) { return a.burner(ctx) }
	}
	// Also with --json: a measurement takes minutes.
	r.config.Progress = func(text string) { fmt.Fprintln(a.stderr, text) }
	s, err := gpubench.Measure(ctx, r.config)
	if err != nil {
		return err
	}
	return r.output.Print(a.stdout, result.Document{
		Data: s,
		Text: func(p *result.Page) error { return writeGPUTable(p, s) },
	})
}

// burnLimit ends the other process whatever happens.
const burnLimit = 60 * time.Second

// startBurner starts this program once more, and waits until it computes. The
// function that it returns ends it, and says how many jobs it has done.
func startBurner(ctx context.Context) (func() int64, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, gpuBurnName)
	cmd.Stdout, cmd.Stderr = in, os.Stderr
	p, err := supervise.Start(cmd, burnLimit)
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("the other process did not start"), p.Kill(), p.Wait(), out.Close())
	}
	last := make(chan int64, 1)
	go func() {
		var n int64
		for lines.Scan() {
			n, _ = strconv.ParseInt(lines.Text(), 10, 64)
		}
		last <- n
	}()
	return func() int64 {
		_ = p.Kill() // it computes until then
		_ = p.Wait()
		n := <-last
		_ = out.Close()
		return n
	}, nil
}

// newGPUBurnCommand is the other process.
func newGPUBurnCommand() *cobra.Command {
	return &cobra.Command{
		Use: gpuBurnName, Short: "Compute on the device until killed", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), burnLimit)
			defer cancel()
			return gpubench.Burn(ctx, gpuDrivers(), "vulkan", func(jobs int64) { fmt.Fprintln(cmd.OutOrStdout(), jobs) })
		},
	}
}

// writeGPUTable prints a line a row.
func writeGPUTable(w *result.Page, r *gpubench.Result) error {
	fmt.Fprintf(w, "%s through %s (%s), CPU %d, %s\n", r.Device, r.Backend, r.Caps.Driver, r.CPU, r.Priority)
	if r.Caps.Software {
		fmt.Fprintln(w, "The device is software: these times say nothing about a GPU.")
	}
	if !r.Resident.Supported {
		fmt.Fprintf(w, "No resident kernels: %s\n", r.Resident.Reason)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nROUND TRIP, µs\tN\tMIN\tp50\tp99\tp99.9\tMAX\t")
	line := func(x gpubench.Row) {
		fmt.Fprintf(t, "%s\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t\n", x.Name, x.N, x.Min, x.P50, x.P99, x.P999, x.Max)
	}
	for _, x := range r.Rows {
		line(x)
	}
	if r.LongRun != nil {
		line(r.LongRun.Row)
	}
	for _, c := range r.Interference {
		for _, x := range c.Rows {
			line(x)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, c := range r.Interference {
		if c.Alone > 0 {
			fmt.Fprintf(w, "%s: %.0f/s alone, %.0f/s next to resident kernels\n", c.Load, c.Alone, c.Contended)
		}
	}
	for _, x := range r.Transfers {
		fmt.Fprintf(w, "%s, GB/s:", x.Name)
		for i, n := range x.Bytes {
			fmt.Fprintf(w, " %d KiB %.2f", n>>10, x.GBs[i])
		}
		fmt.Fprintln(w)
	}
	if l := r.LongRun; l != nil {
		fmt.Fprintf(w, "Long run: %d rings over %d launches, %d missed.\n", l.Rings, l.Launches, l.Missed)
	}
	fmt.Fprintf(w, "Convolution: relative error %.2g. A submission allocates %g times on the Go heap.\n", r.FIRError, r.AllocsPerSubmit)
	if m := r.Memory; m != nil {
		fmt.Fprintf(w, "Growth: %.2f bytes a submission in Go, %.2f in C, over %d.\n", m.Go, m.C, m.Submissions)
	}
	if r.ValidationMessages > 0 {
		fmt.Fprintf(w, "The validation layer sent %d messages; the first: %s\n", r.ValidationMessages, strings.Join(r.Messages[:1], ""))
	}
	for _, f := range r.Failed {
		fmt.Fprintln(w, "not measured:", f)
	}
	return nil
}
