package exporter

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/rt/record"
)

// Source is the content of an export.
type Source struct {
	Run *record.Run
	// Certificate has the analysis of every benchmark of Run.
	Certificate *certificate.Certificate
}

type format struct {
	name  string
	write func(io.Writer, Source) error
	// single is true where a file holds the samples of one benchmark.
	single bool
}

var formats = []format{
	{"csv", writeCSV, false},
	{"hgrm", writePercentiles, true},
	{"hlog", writeHistogramLog, false},
	{"go-bench", writeGoBench, false},
	{"bencher", writeBencher, false},
	{"github-action-benchmark", writeGitHubAction, false},
}

// Formats are the names of the formats.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Write writes the source in the named format.
func Write(w io.Writer, name string, s Source) error {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return fmt.Errorf("format %q: there are %s", name, strings.Join(Formats(), ", "))
	}
	if names := benchmarks(s.Run); formats[i].single && len(names) > 1 {
		return fmt.Errorf("format %s holds one benchmark, the run has %s: choose with --bench", name, strings.Join(names, ", "))
	}
	return formats[i].write(w, s)
}

// benchmarks of the run that have samples, in its order.
func benchmarks(run *record.Run) []string {
	var names []string
	for _, s := range run.Series {
		if len(s.Samples) > 0 && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// perOperation is a sample in nanoseconds an operation.
func perOperation(s record.Series, sample int64) float64 {
	return float64(sample) / float64(max(1, s.Ops))
}
