package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/evt"
)

// fitGCPercent keeps garbage to a tenth of the numbers read, which have no pointers
// to follow: 1e8 of them are 763 MiB, and the default would let as much again pile
// up.
const fitGCPercent = 10

// newFitCommand estimates the tail of any column of numbers.
func newFitCommand() *cobra.Command {
	var (
		opt       wcet.FitOptions
		out       result.Output
		threshold float64
		benchmark string
		foreign   importFlags
	)
	cmd := &cobra.Command{
		Use:   "fit FILE",
		Short: "Estimate a tail from a column of numbers",
		Long: `Estimate the tail of the numbers in FILE and bound the value exceeded with
probability --target. FILE holds one number a line in measuring order, below an
optional heading, or is any other file that rtbench import reads; - reads standard
input. Or FILE is a run file, of which the latencies of --bench are taken, the
processes as series of their own. A bound that needs what a file has lost, as
histograms have lost the order, is not supported.

A file takes 8 bytes of memory a number and some 100 MB on top, so 1e8
numbers fit into 1 GiB; standard input takes twice as much.

The exit status is 0 when the evidence supports the bound, 3 when it does not
(the output says why), and 1 when the input cannot be estimated at all.`,
		Example: `  rtbench fit latencies.csv
  rtbench fit latencies.csv --target 1e-7 --confidence 0.99
  rtbench fit maxima.csv --model gev --json
  rtbench fit rtbench-out/run.rtrun --bench loop/wake-1ms`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("threshold") {
				opt.Threshold = &threshold
			}
			defer debug.SetGCPercent(debug.SetGCPercent(fitGCPercent))
			options, err := foreign.options()
			if err != nil {
				return err
			}
			in, err := readSeries(args[0], benchmark, cmd.InOrStdin(), options)
			if err != nil {
				return err
			}
			fit, err := wcet.FitSeries(cmd.Context(), in.series, opt)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			in.refuse(&fit.Bound)
			err = out.Print(cmd.OutOrStdout(), result.Document{
				Data: fit,
				Text: func(p *result.Page) error { return fit.WriteText(p) },
			})
			if err != nil {
				return err
			}
			if !fit.Bound.Supported {
				return &statusError{code: exitOpen}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	out.Flags(flags)
	foreign.flags(flags)
	flags.StringVar(&benchmark, "bench", "", "with a run file: the `BENCHMARK` whose latencies to take; not needed where it has one only")
	flags.StringVar((*string)(&opt.Model), "model", "auto", "estimator: "+evt.ModelUsage())
	flags.Float64Var(&threshold, "threshold", 0, "fit values above `U`; chosen when not given")
	flags.IntVar(&opt.Block, "block", 0, "with --model gev: maxima of blocks of `N` values; 0 takes the values as maxima")
	flags.StringVar((*string)(&opt.Likelihood), "likelihood", "auto", "exact, interval (values on a timer's grid) or auto")
	flags.Float64Var(&opt.Target, "target", wcet.DefaultTarget, "exceedance probability `P` per value that the bound is for")
	flags.Float64Var(&opt.Confidence, "confidence", wcet.DefaultConfidence, "one-sided confidence `C` of the bound")
	flags.Float64Var(&opt.Extrapolation, "extrapolation", 0, "refuse a target beyond `M` times the independent values; 1000 at most, and by default")
	flags.Uint64Var(&opt.Seed, "seed", 0, "seed of the bootstrap; the same samples and seed give the same result")
	return cmd
}

// fitted are the values of FILE and what the file has lost of them.
type fitted struct {
	series [][]float64
	file   *importer.File // nil for a run file
	lost   []string
}

// readSeries reads FILE, or standard input for "-".
func readSeries(path, benchmark string, stdin io.Reader, o importer.Options) (in fitted, err error) {
	if path == "-" {
		o.Name = "standard input"
		file, err := importer.Read(stdin, o)
		if err != nil {
			return in, err
		}
		return seriesOf(file)
	}
	f, err := os.Open(path)
	if err != nil {
		return in, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if isRunFile(f) {
		in.series, err = latenciesOf(f, path, benchmark)
		return in, err
	}
	if benchmark != "" {
		return in, fmt.Errorf("--bench %s: %s is no run file; --series chooses among the series of other files", benchmark, path)
	}
	file, err := importFile(f, path, o)
	if err != nil {
		return in, err
	}
	return seriesOf(file)
}

// seriesOf are the values of the only series that a file has.
func seriesOf(file *importer.File) (in fitted, err error) {
	if names := file.Names(); len(names) > 1 {
		return in, fmt.Errorf("the file has several series, %s: choose with --series", strings.Join(names, ", "))
	}
	in.file = file
	for _, s := range file.Series {
		if len(s.Values) > 0 {
			in.series = append(in.series, s.Values)
		}
		for _, lost := range s.Lost() {
			if !slices.Contains(in.lost, lost) {
				in.lost = append(in.lost, lost)
			}
		}
	}
	if len(in.series) == 0 {
		return in, errors.New("the file has no samples, only their number and extremes: nothing can be fitted")
	}
	return in, nil
}

// refuse withdraws the support of a bound that needs what the file has lost.
func (in fitted) refuse(b *evt.Bound) {
	for _, lost := range in.lost {
		b.Reasons = append(b.Reasons, "the file has lost "+lost)
	}
	b.Supported = b.Supported && len(in.lost) == 0
}

// latenciesOf are the latencies of one benchmark in a run file, one series for each
// process.
func latenciesOf(file io.Reader, path, benchmark string) ([][]float64, error) {
	run, err := record.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	measured := map[string]bool{}
	for _, s := range run.Series {
		if s.Kind == record.Latency && len(s.Samples) > 0 {
			measured[s.Name] = true
		}
	}
	names := slices.Sorted(maps.Keys(measured))
	if benchmark == "" && len(names) == 1 {
		benchmark = names[0]
	}
	if !measured[benchmark] {
		return nil, fmt.Errorf("%s: has no latencies of %q; choose with --bench one of %s", path, benchmark, strings.Join(names, ", "))
	}
	var series [][]float64
	for i := range run.Series {
		s := &run.Series[i]
		if s.Name == benchmark && s.Kind == record.Latency && len(s.Samples) > 0 {
			x := make([]float64, len(s.Samples))
			for k, v := range s.Samples {
				x[k] = float64(v)
			}
			series = append(series, x)
		}
		// As numbers they stay; of large runs both do not fit.
		s.Samples = nil
	}
	return series, nil
}
