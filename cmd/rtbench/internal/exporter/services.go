package exporter

import (
	"fmt"
	"io"
	"math"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// bencherMetric is a measure in Bencher's metric format.
type bencherMetric struct {
	Value float64  `json:"value"`
	Lower *float64 `json:"lower_value,omitempty"`
	Upper *float64 `json:"upper_value,omitempty"`
}

// writeBencher writes Bencher's metric format: of each benchmark the mean as
// "latency", in ns as Bencher has it, and the quantiles with their limits.
func writeBencher(w io.Writer, s Source) error {
	all := map[string]map[string]bencherMetric{}
	for _, f := range figuresOf(s.Certificate) {
		measures := all[f.bench]
		if measures == nil {
			measures = map[string]bencherMetric{}
			all[f.bench] = measures
		}
		name := f.metric
		if name == "mean" {
			name = "latency"
		}
		measures[name] = bencherMetric{f.value, finite(f.lower), finite(f.upper)}
	}
	return result.JSON(w, all)
}

// actionEntry is a benchmark of github-action-benchmark's customSmallerIsBetter.
type actionEntry struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
	Range string  `json:"range,omitempty"`
}

// writeGitHubAction writes what github-action-benchmark reads as the tool
// customSmallerIsBetter.
func writeGitHubAction(w io.Writer, s Source) error {
	all := []actionEntry{}
	for _, f := range figuresOf(s.Certificate) {
		e := actionEntry{Name: f.bench + " " + f.metric, Unit: "ns", Value: f.value}
		if lower, upper := finite(f.lower), finite(f.upper); lower != nil && upper != nil {
			e.Range = fmt.Sprintf("%.4g to %.4g", *lower, *upper)
		}
		all = append(all, e)
	}
	return result.JSON(w, all)
}

// figure is one number of a benchmark.
type figure struct {
	bench, metric       string
	value, lower, upper float64
}

// figuresOf are the means and quantiles that the samples decide.
func figuresOf(c *certificate.Certificate) []figure {
	var all []figure
	for _, b := range c.Benches {
		if b.Analysis == nil {
			continue
		}
		nothing := math.NaN()
		if finite(b.Analysis.Mean) != nil {
			all = append(all, figure{b.Name, "mean", b.Analysis.Mean, nothing, nothing})
		}
		for _, q := range b.Analysis.Quantiles {
			if finite(q.Estimate) != nil && float64(b.Analysis.N)*(1-q.P) >= 1 {
				all = append(all, figure{b.Name, fmt.Sprintf("p%g", 100*q.P), q.Estimate, q.Lower, q.Upper})
			}
		}
	}
	return all
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
