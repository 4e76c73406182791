package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/wcet"
)

// fitGCPercent keeps garbage to a tenth of the numbers read, which have no pointers
// to follow: 1e8 of them are 763 MiB, and the default would let as much again pile
// up.
const fitGCPercent = 10

// newFitCommand estimates the tail of any column of numbers.
func newFitCommand() *cobra.Command {
	var (
		opt       wcet.FitOptions
		asJSON    bool
		threshold float64
	)
	cmd := &cobra.Command{
		Use:   "fit FILE",
		Short: "Estimate a tail from a column of numbers",
		Long: `Estimate the tail of the numbers in FILE and bound the value exceeded with
probability --target. FILE is CSV: an optional header "x", then one number a
line in measuring order; - reads standard input.

The exit status is 0 when the evidence supports the bound, 3 when it does not
(the output says why), and 1 when the input cannot be estimated at all.`,
		Example: `  rtbench fit latencies.csv
  rtbench fit latencies.csv --target 1e-7 --confidence 0.99
  rtbench fit maxima.csv --model gev --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("threshold") {
				opt.Threshold = &threshold
			}
			defer debug.SetGCPercent(debug.SetGCPercent(fitGCPercent))
			x, err := readNumbers(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			result, err := wcet.Fit(x, opt)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if err := printFit(cmd.OutOrStdout(), result, asJSON); err != nil {
				return err
			}
			if !result.Bound.Supported {
				return &statusError{code: exitOpen}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&asJSON, "json", false, "print JSON only")
	flags.StringVar((*string)(&opt.Model), "model", "auto", "gpd (exceedances), gev (block maxima) or auto")
	flags.Float64Var(&threshold, "threshold", 0, "fit values above `U`; chosen when not given")
	flags.IntVar(&opt.Block, "block", 0, "with --model gev: maxima of blocks of `N` values; 0 takes the values as maxima")
	flags.StringVar((*string)(&opt.Likelihood), "likelihood", "auto", "exact, interval (values on a timer's grid) or auto")
	flags.Float64Var(&opt.Target, "target", wcet.DefaultTarget, "exceedance probability `P` per value that the bound is for")
	flags.Float64Var(&opt.Confidence, "confidence", wcet.DefaultConfidence, "one-sided confidence `C` of the bound")
	flags.Float64Var(&opt.Extrapolation, "extrapolation", 0, "refuse a target beyond `M` times the independent values; 1000 at most, and by default")
	flags.Uint64Var(&opt.Seed, "seed", 0, "seed of the bootstrap; the same samples and seed give the same result")
	return cmd
}

// readNumbers reads FILE, or standard input for "-".
func readNumbers(path string, stdin io.Reader) ([]float64, error) {
	if path == "-" {
		return wcet.ReadCSV(stdin, "standard input")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	x, err := wcet.ReadCSV(f, path)
	return x, errors.Join(err, f.Close())
}

func printFit(w io.Writer, r *wcet.FitResult, asJSON bool) error {
	if !asJSON {
		return r.WriteText(w)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}
