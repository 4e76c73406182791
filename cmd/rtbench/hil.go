package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/hildemo"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// hilReportName is the page of rtbench hil.
const hilReportName = "hil.html"

// hilRequest is what the flags ask for.
type hilRequest struct {
	config hildemo.Config
	demo   bool
	device string
	dir    string
	output result.Output
}

func newHILCommand(a *app) *cobra.Command {
	r := &hilRequest{}
	cmd := &cobra.Command{
		Use:   "hil",
		Short: "Show a hardware-in-the-loop rig: firmware that turns a simulated motor",
		Long: `Run a rig of package hil: a PID controller as firmware turns a simulated motor. The
firmware runs on an emulated board where QEMU is installed, else the same source
runs in this process.

First in lock-step, where simulated time waits for the firmware: a step of the set
point, the same with faults that are undone, firmware that falls silent, and a motor
whose leads are swapped. Then by the wall clock, with the misses of rig and device.
At last the cost of a step next to a hand-written loop.

Some verdicts are failures on purpose. Exit codes: 0 every verdict is the expected
one, 1 error, 2 one is not.`,
		Example: `  rtbench hil --demo
  rtbench hil --demo --json
  rtbench hil --demo --device host --seed 7 --dir out`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.hil(cmd.Context(), r) },
	}
	f := cmd.Flags()
	f.BoolVar(&r.demo, "demo", false, "run the demonstration")
	f.StringVar(&r.device, "device", "auto", "`D` is the firmware: qemu, host, or auto")
	f.Uint64Var(&r.config.Seed, "seed", 1, "`N` decides what the faults do by chance")
	f.DurationVar(&r.config.Paced, "paced", 3*time.Second, "run by the wall clock for this `TIME`")
	f.IntVar(&r.config.Rounds, "rounds", 20, "compare with a hand-written loop in `N` rounds")
	f.StringVar(&r.dir, "dir", "", "write a page with plots, "+hilReportName+", into `DIR`")
	r.output.Flags(f)
	return cmd
}

// hilLimit ends a demonstration whatever happens.
const hilLimit = 10 * time.Minute

func (a *app) hil(ctx context.Context, r *hilRequest) error {
	switch {
	case !r.demo:
		return errors.New("there is the demonstration alone; give --demo")
	case r.device != "auto" && r.device != "qemu" && r.device != "host":
		return fmt.Errorf("--device %s: there are auto, qemu and host", r.device)
	case r.config.Rounds < 1 || r.config.Rounds > 1000:
		return fmt.Errorf("--rounds %d: must be 1 to 1000", r.config.Rounds)
	case r.config.Paced < 200*time.Millisecond || r.config.Paced > 30*time.Second:
		return fmt.Errorf("--paced %v: must be 200ms to 30s", r.config.Paced)
	}
	var out *outputs
	if r.dir != "" {
		var err error
		if out, err = openOutputs(r.dir); err != nil {
			return err
		}
		defer func() { _ = out.discard() }()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, hilLimit, fmt.Errorf("the demonstration has taken more than %v", hilLimit))
	defer cancel()
	r.config.Device = hildemo.Device(r.device)
	page := r.output.Page(a.stdout)
	r.config.Progress = func(text string) { fmt.Fprintf(page, "%s …\n", text) }
	res, err := hildemo.Run(ctx, r.config)
	if err != nil {
		return err
	}
	if out != nil {
		if err := errors.Join(out.stage(hilReportName, func(w io.Writer) error { return report.Rig(w, rigPage(res)) }), out.commit()); err != nil {
			return err
		}
	}
	err = r.output.Print(a.stdout, result.Document{Data: res, Text: func(p *result.Page) error { return writeHIL(p, res, out) }})
	if err == nil && !res.AsExpected() {
		return &statusError{code: exitBreach, err: errors.New("a verdict is not the expected one")}
	}
	return err
}

// writeHIL prints the demonstration for people.
func writeHIL(w *result.Page, r *hildemo.Result, out *outputs) error {
	fmt.Fprintln(w)
	for _, v := range r.Verdicts {
		text := v.Outcome
		if !v.AsExpected() {
			text += " (expected " + v.Expected + ")"
		} else if v.Outcome != "PASS" {
			text += " (as expected)"
		}
		fmt.Fprintf(w, "%-13s %s: %s\n", text, v.Scenario, strings.TrimSpace(v.ID+" "+v.Name))
		if v.Why != "" {
			fmt.Fprintf(w, "              %s\n", v.Why)
		}
	}
	fmt.Fprintln(w)
	w.Entry("Firmware", hilDevice(r.Device))
	w.Entry("Lock-step", fmt.Sprintf("%d steps, hash %s", r.Steps, r.Hash))
	w.Entry("Paced", fmt.Sprintf("misses: %v", r.Misses))
	for _, t := range []struct {
		name  string
		times hildemo.Times
	}{{"Wake", r.Wake}, {"Answer", r.RoundTrip}, {"Own part", r.Own}} {
		w.Entry(t.name, hilTimes(t.times))
	}
	w.Entry("Step", hilCost(r.Cost))
	if out != nil {
		w.Entry("Page", out.path(hilReportName))
	}
	_, err := fmt.Fprintln(w)
	return err
}

func hilDevice(d hildemo.Device) string {
	if d == hildemo.QEMU {
		return "the image, on an emulated Cortex-M3 (QEMU)"
	}
	return "the same source, in this process"
}

func hilTimes(t hildemo.Times) string {
	if t.N == 0 {
		return "none"
	}
	ns := func(v int64) string { return time.Duration(v).String() }
	return fmt.Sprintf("p50 %s, p99 %s, max %s of %d", ns(t.P50), ns(t.P99), ns(t.Max), t.N)
}

func hilCost(c *hildemo.Cost) string {
	return fmt.Sprintf("%.0f ns in lock-step, %.0f ns hand-written: %.2f times; %.1f million steps a second", c.Rig, c.Hand, c.Ratio, c.StepsPerSec/1e6)
}

// rigPage is the demonstration as a page shows it.
func rigPage(r *hildemo.Result) report.RigPage {
	p := report.RigPage{
		Title:    "Hardware in the loop: firmware that turns a motor",
		Passed:   r.AsExpected(),
		Sentence: fmt.Sprintf("Every one of %d verdicts is the expected one.", len(r.Verdicts)),
		Terms: []report.RigTerm{
			{Name: "Firmware", Value: hilDevice(r.Device)},
			{Name: "Seed", Value: fmt.Sprint(r.Seed)},
			{Name: "Lock-step", Value: fmt.Sprintf("%d steps, hash %s", r.Steps, r.Hash)},
			{Name: "Paced", Value: "misses: " + r.Misses.String()},
			{Name: "Wake lateness, paced", Value: hilTimes(r.Wake)},
			{Name: "Round trip, paced", Value: hilTimes(r.RoundTrip)},
			{Name: "Rig's own part of a paced step", Value: hilTimes(r.Own)},
			{Name: "Cost of a step", Value: hilCost(r.Cost)},
		},
	}
	if !p.Passed {
		p.Sentence = "A verdict is not the expected one."
	}
	for _, v := range r.Verdicts {
		p.Verdicts = append(p.Verdicts, report.RigVerdict{Scenario: v.Scenario, Requirement: v.ID, Name: v.Name, Outcome: v.Outcome, Expected: v.Expected, Why: v.Why})
	}
	for _, s := range r.Scenarios {
		f := report.RigFigure{Title: s.Name, Words: s.Words, Recording: s.Result.Recording, Signals: []string{"target", "speed", "speed.seen"}, More: []string{"voltage"}}
		if s.Response != nil {
			f.Words += " Response to the step: " + s.Response.String() + "."
		}
		if s.Result.Recording != nil {
			for _, e := range s.Result.Recording.Events() {
				if e.Kind == "fault" || e.Kind == "undo" || e.Kind == "end" {
					f.Events = append(f.Events, fmt.Sprintf("step %d: %s %s", e.Step, e.Kind, e.Text))
				}
			}
		}
		p.Figures = append(p.Figures, f)
	}
	return p
}
