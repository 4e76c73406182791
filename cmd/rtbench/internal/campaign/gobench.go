package campaign

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/rt/record"
)

// GoBench launches a program of `go test -c` and reads what its benchmarks print. A
// job's duration is that of each benchmark.
type GoBench struct {
	Program string
	// Dir is the directory of the package's sources, where its tests run.
	Dir string
	// Bench is the expression that selects benchmarks, as for go test -bench.
	Bench string
	// Prefix comes before the names.
	Prefix string
}

// mostBenchOutput bounds what one process may print.
const mostBenchOutput = 64 << 20

// Launch implements [Launcher].
func (g *GoBench) Launch(ctx context.Context, job Job) ([]record.Series, error) {
	each := job.Params.Duration
	if each <= 0 {
		each = 100 * time.Millisecond
	}
	p, stdout, err := start(ctx, g.Dir, []string{g.Program, "-test.run=^$", "-test.bench=" + g.Bench, "-test.benchtime=" + each.String(), "-test.count=1"}, 0)
	if err != nil {
		return nil, err
	}
	text, readErr := io.ReadAll(io.LimitReader(stdout, mostBenchOutput))
	_, _ = io.Copy(io.Discard, stdout)
	if err := p.Wait(); err != nil {
		return nil, p.failure(fmt.Errorf("%w\n%s", causeOf(ctx, err), indent(ending(text))))
	}
	if readErr != nil {
		return nil, readErr
	}
	file, err := importer.Read(bytes.NewReader(text), importer.Options{Name: "its output", Kind: importer.GoBench})
	if err != nil {
		return nil, err
	}
	run, err := file.Run(job.Bench.Name)
	if err != nil {
		return nil, err
	}
	for i := range run.Series {
		run.Series[i].Name = g.Prefix + run.Series[i].Name
		run.Series[i].Process = job.Process
	}
	return run.Series, nil
}

// ending is the end of a long text.
func ending(text []byte) string {
	if len(text) > tailSize {
		text = text[len(text)-tailSize:]
	}
	return string(text)
}
