package main

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/exporter"
	"github.com/memkit-go/memkit/rt/record"
)

func newExportCommand(a *app) *cobra.Command {
	var (
		selection bench.Selection
		format    string
		file      string
	)
	cmd := &cobra.Command{
		Use:   "export RUN --format FORMAT",
		Short: "Write the samples of a run in another program's format",
		Long: `Write the samples in RUN for other programs: every sample (csv), HdrHistogram's
percentiles and log (hgrm, hlog), the mean of each process as go test -bench prints
it (go-bench, for benchstat), or the mean and quantiles for Bencher (bencher) and
github-action-benchmark (tool customSmallerIsBetter). Times are in nanoseconds.`,
		Example: `  rtbench export rtbench-out/run.rtrun --format go-bench > new.txt
  rtbench export run.rtrun --format hgrm --bench loop/wake-1ms -o wake.hgrm`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			run, digest, err := loadRun(args[0])
			if err != nil {
				return err
			}
			if !selection.All() {
				benches, _ := measuredIn(run)
				if _, err := selection.From(benches); err != nil {
					return err
				}
				run.Series = slices.DeleteFunc(run.Series, func(s record.Series) bool { return !slices.Contains(selection.Names, s.Name) })
			}
			c, err := a.analyse(certificate.Evidence{Run: run, Digest: digest, Catalogue: a.catalogue})
			if err != nil {
				return err
			}
			source := exporter.Source{Run: run, Certificate: c}
			if file == "" {
				return exporter.Write(a.stdout, format, source)
			}
			return exportTo(file, format, source)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "`FORMAT`: "+strings.Join(exporter.Formats(), ", "))
	cmd.Flags().StringSliceVar(&selection.Names, "bench", nil, "only these `BENCHMARKS` (A,B)")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to `FILE`, complete or not at all; default standard output")
	if err := cmd.MarkFlagRequired("format"); err != nil {
		panic(err) // the flag was just defined
	}
	return cmd
}

// exportTo writes the file, or nothing.
func exportTo(path, format string, source exporter.Source) (err error) {
	out, err := openOutputs(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	err = out.stage(filepath.Base(path), func(w io.Writer) error { return exporter.Write(w, format, source) })
	if err != nil {
		return err
	}
	return out.commit()
}
