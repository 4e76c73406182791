package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt/record"
)

// imported is what `import --json` prints. Max and resolution are in Unit.
type imported struct {
	Kind       string           `json:"kind"`
	Unit       string           `json:"unit"`
	N          int64            `json:"n"`
	Ordered    bool             `json:"ordered"`
	Censored   int64            `json:"censored"`
	Max        *float64         `json:"max"`
	Resolution float64          `json:"resolution"`
	Series     []importedSeries `json:"series"`
}

type importedSeries struct {
	Name       string   `json:"name"`
	Part       int      `json:"part"`
	N          int64    `json:"n"`
	Ordered    bool     `json:"ordered"`
	Censored   int64    `json:"censored"`
	Max        *float64 `json:"max"`
	Resolution float64  `json:"resolution"`
	// Lost is what the format has not kept.
	Lost []string `json:"lost"`
}

func newImportCommand(a *app) *cobra.Command {
	var (
		foreign   importFlags
		out       result.Output
		dir, name string
	)
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Read latencies that another program has written",
		Long: `Read FILE and list its content, and what its format has lost. With --out the
samples are also written to a run file, for rtbench check and rtbench report, which
read such files directly too, as rtbench fit does.

Read are cyclictest (--verbose, --histogram, --json), rtla timerlat (hist and top),
jitterdebugger, HdrHistogram (.hgrm and .hlog), criterion's raw.csv, the output of
go test -bench, tables (comma, semicolon or tab), JSON lines, and one number a line,
with or without units. The kind is detected; --kind forces one.`,
		Example: `  rtbench import cyclictest.json
  rtbench import latencies.csv --column latency_us --out rtbench-out
  rtbench import timerlat.txt --series Thread --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			options, err := foreign.options()
			if err != nil {
				return err
			}
			defer debug.SetGCPercent(debug.SetGCPercent(fitGCPercent))
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			if isRunFile(f) {
				return fmt.Errorf("%s: is a run file already; use it with rtbench check, report or fit", args[0])
			}
			file, err := importFile(f, args[0], options)
			if err != nil {
				return err
			}
			if dir != "" {
				if name == "" {
					name = benchmarkOf(args[0])
				}
				if err := a.writeImported(file, dir, name); err != nil {
					return err
				}
			}
			told := newImported(file)
			return out.Print(a.stdout, result.Document{Data: told, Text: func(p *result.Page) error { return told.writeText(p, dir) }})
		},
	}
	foreign.flags(cmd.Flags())
	cmd.Flags().StringVar(&dir, "out", "", "also write "+runName+" to `DIR`")
	cmd.Flags().StringVar(&name, "name", "", "`NAME` of the benchmark where the file has none; default the file's name")
	out.Flags(cmd.Flags())
	return cmd
}

// writeImported writes the run file.
func (a *app) writeImported(file *importer.File, dir, name string) (err error) {
	run, err := file.Run(name)
	if err != nil {
		return err
	}
	run.Created, run.Command = time.Now().UTC().Format(time.RFC3339), a.command
	out, err := openOutputs(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	content, _, err := encodeRun(run)
	if err != nil {
		return err
	}
	if err := stageBytes(out, runName, content); err != nil {
		return err
	}
	return out.commit()
}

func newImported(file *importer.File) imported {
	i := imported{Kind: file.Kind, Unit: file.Unit, Ordered: true}
	for _, s := range file.Series {
		lost := s.Lost()
		if lost == nil {
			lost = []string{}
		}
		i.Series = append(i.Series, importedSeries{s.Name, s.Part, s.Count, s.Ordered, s.Censored, finite(s.Max), s.Resolution, lost})
		i.N += s.Count
		i.Ordered = i.Ordered && s.Ordered
		i.Censored += s.Censored
		i.Resolution = max(i.Resolution, s.Resolution)
		if m := finite(s.Max); m != nil && (i.Max == nil || *m > *i.Max) {
			i.Max = m
		}
	}
	return i
}

func (i imported) writeText(p *result.Page, dir string) error {
	unit := i.Unit
	if unit == "" {
		unit = "unknown; --unit tells it"
	}
	p.Entry("Kind", i.Kind)
	p.Entry("Unit", unit)
	fmt.Fprintln(p)
	table := tabwriter.NewWriter(p, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "SERIES\tPART\tSAMPLES\tMAX\tRESOLUTION\t")
	for _, s := range i.Series {
		largest, step, name := "–", "–", s.Name
		if s.Max != nil {
			largest = fmt.Sprint(*s.Max)
		}
		if s.Resolution > 0 {
			step = fmt.Sprint(s.Resolution)
		}
		if name == "" {
			name = "–"
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t\n", name, s.Part, s.N, largest, step)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(p)
	seen := map[string]bool{}
	for _, s := range i.Series {
		for _, lost := range s.Lost {
			if !seen[lost] {
				seen[lost] = true
				p.Entry("Lost", lost)
			}
		}
	}
	if dir != "" {
		p.Entry("Samples", filepath.Join(dir, runName))
	}
	return nil
}

// foreignRun reads a file of another program as a run.
func foreignRun(f *os.File, path, name string, o importer.Options) (*record.Run, error) {
	file, err := importFile(f, path, o)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = benchmarkOf(path)
	}
	run, err := file.Run(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return run, nil
}
