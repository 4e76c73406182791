package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
)

func newReportCommand(a *app) *cobra.Command {
	var (
		path, dir, picture string
		foreign            runFlags
	)
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Write the report of a run file",
		Long: `Write report.html from the samples in RUN, into the same directory unless
--out says otherwise. With --budget the report shows the verdicts too; with --picture an SVG
that compares the loops of the run is written as well. Nothing is measured.`,
		Example: `  rtbench report rtbench-out/run.rtrun
  rtbench report run.rtrun --budget rtbench.toml --out pages`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if dir == "" {
				dir = filepath.Dir(args[0])
			}
			return a.report(args[0], path, dir, picture, &foreign)
		},
	}
	foreign.flags(cmd.Flags())
	cmd.Flags().StringVar(&path, "budget", "", "judge by `FILE`")
	cmd.Flags().StringVar(&picture, "picture", "", "also write the picture of the loops, SVG, to `FILE`")
	cmd.Flags().StringVar(&dir, "out", "", "write to `DIR`; default the run file's")
	return cmd
}

func (a *app) report(runPath, path, dir, picture string, foreign *runFlags) (err error) {
	c, run, err := a.judgeRun(runPath, path, bench.Selection{}, foreign, false)
	if err != nil {
		return err
	}
	out, err := openOutputs(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	if err := out.stage(reportName, func(w io.Writer) error { return report.HTML(w, c, run) }); err != nil {
		return err
	}
	if picture != "" {
		if err := writePicture(c, picture); err != nil {
			return err
		}
	}
	if err := out.commit(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, out.path(reportName))
	return err
}

// writePicture writes the picture to path, or nothing.
func writePicture(c *certificate.Certificate, path string) (err error) {
	out, err := openOutputs(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	if err := out.stage(filepath.Base(path), func(w io.Writer) error { return report.Picture(w, c) }); err != nil {
		return err
	}
	return out.commit()
}
