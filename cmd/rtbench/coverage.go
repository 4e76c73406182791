package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/selftest"
)

// coverageSchema names the JSON that `coverage --json` prints.
const coverageSchema = "memkit.coverage/1"

// coverageResult is what `coverage --json` prints.
type coverageResult struct {
	Schema string  `json:"schema"`
	Reps   int     `json:"reps"`
	N      int     `json:"n"`
	Target float64 `json:"target"`
	Seed   uint64  `json:"seed"`
	// Families by name.
	Families map[string]selftest.FamilyCoverage `json:"families"`
}

// newCoverageCommand measures the estimate itself on known distributions.
func newCoverageCommand(a *app) *cobra.Command {
	var (
		opt selftest.CoverageOptions
		out result.Output
	)
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Measure how often the bounds hold, on known distributions",
		Long: `Draw samples of distributions whose quantiles are known, estimate each as
rtbench fit does, refusals included, and count how often the bound lies at or
above the truth. Coverage without width means nothing (infinity always covers),
so the width of the bounds is printed too. The last three families are
dependent; they are bounded by order statistics at p = 0.01.

The same options always give the same figures. 2,000 repetitions of 2,000
samples take some minutes.`,
		Example: `  rtbench coverage
  rtbench coverage --reps 2000 --n 20000 --seed 7 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := newCountBar(a.stderr)
			opt.Progress = bar.show
			families, err := selftest.Coverage(cmd.Context(), opt)
			bar.close()
			if err != nil {
				return err
			}
			return out.Print(a.stdout, result.Document{
				Data: newCoverageResult(opt, families),
				Text: func(p *result.Page) error { return writeCoverage(p, opt, families) },
			})
		},
	}
	f := cmd.Flags()
	f.IntVar(&opt.Reps, "reps", 200, "draw `R` samples of each distribution")
	f.IntVar(&opt.N, "n", 2000, "of `N` values each")
	f.Float64Var(&opt.Target, "target", wcet.DefaultTarget, "exceedance probability `P` that the bounds are for")
	f.Uint64Var(&opt.Seed, "seed", 1, "`SEED` of all draws")
	out.Flags(f)
	return cmd
}

func newCoverageResult(opt selftest.CoverageOptions, families []selftest.FamilyCoverage) coverageResult {
	r := coverageResult{
		Schema: coverageSchema, Reps: opt.Reps, N: opt.N, Target: opt.Target, Seed: opt.Seed,
		Families: map[string]selftest.FamilyCoverage{},
	}
	for _, f := range families {
		r.Families[f.Name] = f
	}
	return r
}

func writeCoverage(w io.Writer, opt selftest.CoverageOptions, families []selftest.FamilyCoverage) error {
	fmt.Fprintf(w, "%d samples of %d values each; upper limits at 95%% of the value exceeded with p = %g\n\n", opt.Reps, opt.N, opt.Target)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "FAMILY\tCOVERED\t95% OF THAT\tREFUSED\tMEDIAN WIDTH\tP95 WIDTH\t")
	for _, f := range families {
		fmt.Fprintf(table, "%s\t%.1f%%\t%.1f–%.1f%%\t%.1f%%\t%.2f×\t%.2f×\t\n", f.Name,
			100*f.Coverage, 100*f.CI[0], 100*f.CI[1], 100*f.Refused, f.RatioMedian, f.RatioP95)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nWidth is the upper limit over the truth. Refused samples had no supported bound.")
	return err
}
