package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/exporter"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/internal/testenv"
)

// TestExportIsReadBack: the importer reads the exported samples, as far as the
// format keeps it.
func TestExportIsReadBack(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	a := newTestApp()
	// Percentiles, which is what .hgrm holds, give the mean of a narrow tail.
	a.catalogue = []bench.Benchmark{
		exponential("loop/wake", 20_000, .05, 520, nil),
		exponential("today/ticker", 60_000, .05, 520, nil),
	}
	a.try(t, "run", "--duration", "2s").want(t, exitPass)
	run, _, err := loadRun("rtbench-out/run.rtrun")
	if err != nil {
		t.Fatal(err)
	}
	n, sum := 0, 0.0
	for _, s := range run.Series {
		if s.Name == "loop/wake" {
			for _, v := range s.Samples {
				sum += float64(v)
			}
			n += len(s.Samples)
		}
	}
	for format, o := range map[string]importer.Options{
		"csv":      {Column: "ns", Unit: "ns"},
		"hgrm":     {Unit: "ns"},
		"hlog":     {Series: "loop/wake"},
		"go-bench": {Series: "Loop/wake/latency"},
	} {
		a.try(t, "export", "rtbench-out/run.rtrun", "--bench", "loop/wake", "--format", format, "-o", "out").want(t, exitPass)
		f, err := os.Open("out")
		if err != nil {
			t.Fatal(err)
		}
		file, err := importer.Read(f, o)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		samples, mean := 0, 0.0
		for _, s := range file.Series {
			for _, v := range s.Values {
				samples++
				mean += v
			}
		}
		mean /= float64(samples)
		want := n
		if format == "go-bench" {
			want = 5 // a mean of each process
		}
		if samples != want || mean < .99*sum/float64(n) || mean > 1.01*sum/float64(n) {
			t.Errorf("%s: %d samples of mean %g, want %d of %g", format, samples, mean, want, sum/float64(n))
		}
	}
}

func TestExportForServices(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	a := newTestApp()
	a.try(t, "run", "--duration", "2s").want(t, exitPass)
	var bencher map[string]map[string]struct {
		Value float64
		Upper *float64 `json:"upper_value"`
	}
	o := a.try(t, "export", "rtbench-out/run.rtrun", "--format", "bencher")
	if err := json.Unmarshal([]byte(o.stdout), &bencher); err != nil {
		t.Fatal(err)
	}
	if b := bencher["loop/wake"]; b["latency"].Value < 20_000 || b["p99"].Value < b["latency"].Value || b["p99"].Upper == nil {
		t.Errorf("%s", o.stdout)
	}
	var action []struct {
		Name, Unit string
		Value      float64
	}
	o = a.try(t, "export", "rtbench-out/run.rtrun", "--format", "github-action-benchmark")
	if err := json.Unmarshal([]byte(o.stdout), &action); err != nil || len(action) == 0 || action[0].Unit != "ns" {
		t.Errorf("%v: %s", err, o.stdout)
	}
	a.try(t, "export", "rtbench-out/run.rtrun", "--format", "pdf").want(t, exitError, fmt.Sprintf("format \"pdf\": there are %s", strings.Join(exporter.Formats(), ", ")))
	a.try(t, "export", "rtbench-out/run.rtrun", "--format", "hgrm").want(t, exitError, "choose with --bench")
	a.try(t, "export", "rtbench-out/run.rtrun", "--format", "csv", "--bench", "x").want(t, exitError, `unknown benchmark "x"`)
	if got := names(listing(t)); got != "rtbench-out/run.rtrun" {
		t.Errorf("left %s", got)
	}
}
