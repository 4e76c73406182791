package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/journal"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

func newRunCommand(a *app) *cobra.Command {
	r, u := &request{}, &untilDecided{}
	cmd := &cobra.Command{
		Use:   "run [flags] [-- PROGRAM ARGUMENTS]",
		Short: "Measure, and keep the samples in a run file",
		Long: `Measure benchmarks, or a program of your own, and keep every sample in a run
file for rtbench check and rtbench report. Nothing is judged, but with
--until-decided.

Each benchmark runs in at least five fresh processes, interleaved with the
others, because one process is one sample of how memory happened to lie.

PROGRAM prints one latency a line, in nanoseconds (21500) or with a unit (21.5us);
--unit and --match read other output.

It is started afresh for every process and ends by itself; with --duration it is
interrupted, as by Ctrl-C, when it has printed for its share.

A run that is interrupted, or whose program dies, keeps the samples measured until then
in a run file that is marked incomplete. While it measures they are in ` + journal.Name + `,
which stays when rtbench itself is killed or the disk is full.`,
		Example: `  rtbench run --bench loop/wake-1ms,spsc/rtt --duration 20s
  rtbench run --suite memory --json
  rtbench run --name my-loop -- go run ./examples/my-loop
  rtbench run --period 1ms --duration 1m -- ./my-loop -rate 1000`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.read(cmd, args); err != nil {
				return err
			}
			if err := u.check(cmd, r); err != nil {
				return err
			}
			if u.wanted {
				return a.runUntilDecided(cmd, r, u)
			}
			return a.run(cmd, r)
		},
	}
	a.measuringFlags(cmd, r)
	u.flags(cmd, r)
	return cmd
}

func (a *app) run(cmd *cobra.Command, r *request) (err error) {
	plan, err := r.plan(a.catalogue)
	if err != nil {
		return err
	}
	out, err := openOutputs(r.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	a.announce(r.output.Page(a.stdout), plan)
	j := a.journal(r)
	run, err := a.conduct(cmd.Context(), r.keeping(r.launcher(a), j, 0), plan, j.Keep)
	if err != nil {
		return a.keepIncomplete(out, j, run, err)
	}
	defer func() {
		if err != nil {
			err = a.endJournal(j, err)
		}
	}()
	file, digest, err := encodeRun(run)
	if err != nil {
		return err
	}
	c, err := a.analyse(certificate.Evidence{Run: run, Digest: digest, Catalogue: a.catalogueOf(plan)})
	if err != nil {
		return err
	}
	if err := stageBytes(out, runName, file); err != nil {
		return err
	}
	if err := errors.Join(out.commit(), j.Remove()); err != nil {
		return err
	}
	return r.output.Print(a.stdout, result.Document{
		Data: newRunResult(c),
		Text: func(p *result.Page) error { return writeMeasured(p, c, out.path(runName)) },
	})
}

// writeMeasured prints the results and the place of the samples.
func writeMeasured(p *result.Page, c *certificate.Certificate, path string) error {
	if err := report.Table(p, c, p.Width, p.Terminal); err != nil {
		return err
	}
	for _, b := range c.Benches {
		if b.Unavailable != "" {
			fmt.Fprintf(p, "%s could not be measured: %s\n", b.Name, b.Unavailable)
		}
	}
	fmt.Fprintln(p)
	p.Entry("Samples", path)
	p.Entry("Next", "rtbench check "+path+" --budget rtbench.toml", "or rtbench report "+path)
	return nil
}
