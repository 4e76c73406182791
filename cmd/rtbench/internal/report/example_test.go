package report_test

import (
	"os"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
	"github.com/memkit-go/memkit/wcet"
)

func ExampleTable() {
	c := &certificate.Certificate{Benches: []certificate.Bench{
		{
			Name: "loop/wake-1ms", Unit: "ns",
			Analysis: &wcet.Analysis{N: 60_000, Quantiles: []wcet.Quantile{
				{P: 0.5, Estimate: 21_940}, {P: 0.99, Estimate: 44_300}, {P: 0.9999, Upper: 317_041},
			}},
			Evaluation: &wcet.Evaluation{Verdict: wcet.Pass},
		},
		{Name: "today/glibc", Unit: "ns", Unavailable: "built without cgo"},
	}}
	_ = report.Table(os.Stdout, c, 80, false)
	// Output:
	// BENCH              p50      p99  ≤p99.99*  vs-today  VERDICT
	// loop/wake-1ms  21.9 µs  44.3 µs    318 µs         –  PASS
	// today/glibc          –        –         –         –  n/a
	// * upper confidence limit of the 99.99 % quantile by order statistics, one-sided,
	//   no distribution assumed. A dash: these samples cannot decide it.
	//   vs-today: the p99 or the mean of this benchmark over that of what a user does
	//   today, same run; below 1 is less. A name says that it is over that benchmark.
}
