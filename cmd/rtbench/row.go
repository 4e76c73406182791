package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/wcet"
)

// resultSchema names the JSON that measuring commands print.
const resultSchema = "memkit.result/1"

// runResult is what a measuring command prints with --json.
type runResult struct {
	Schema  string            `json:"schema"`
	Env     map[string]string `json:"env"`
	Benches []resultRow       `json:"benches"`
}

// resultRow is one benchmark; null is what the samples cannot tell.
type resultRow struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	// N counts latencies or, where only batches were timed, those.
	N int `json:"n"`
	// NsPerOp is the mean cost of an operation.
	NsPerOp     *float64 `json:"ns_per_op"`
	P50         *float64 `json:"p50"`
	P99         *float64 `json:"p99"`
	P999        *float64 `json:"p999"`
	P9999       *float64 `json:"p9999"`
	Max         *float64 `json:"max"`
	AllocsPerOp *float64 `json:"allocs_per_op"`
	// Ratios to peers of the same run, by benchmark and by opponent.
	Ratios      certificate.Ratios `json:"ratios"`
	RatioOf     string             `json:"ratio_of,omitempty"`
	Counters    map[string]float64 `json:"counters,omitempty"`
	Unavailable string             `json:"unavailable,omitempty"`
	Verdict     wcet.Verdict       `json:"verdict,omitempty"`
	// Facts are printed as fields of the row: "arena_over_live", "timer_ns".
	Facts map[string]float64 `json:"-"`
}

// MarshalJSON adds the facts to the other fields.
func (r resultRow) MarshalJSON() ([]byte, error) {
	type plain resultRow
	row, err := json.Marshal(plain(r))
	if err != nil || len(r.Facts) == 0 {
		return row, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(row, &fields); err != nil {
		return nil, err
	}
	for name := range r.Facts {
		if _, taken := fields[name]; taken {
			return nil, fmt.Errorf("%s: the fact %q has the name of a field that every row has; rename it", r.Name, name)
		}
	}
	facts, err := json.Marshal(r.Facts)
	if err != nil {
		return nil, err
	}
	return append(append(row[:len(row)-1], ','), facts[1:]...), nil
}

func newRunResult(c *certificate.Certificate) runResult {
	r := runResult{Schema: resultSchema, Env: c.Env, Benches: []resultRow{}}
	for i := range c.Benches {
		r.Benches = append(r.Benches, newResultRow(&c.Benches[i]))
	}
	return r
}

func newResultRow(b *certificate.Bench) resultRow {
	row := resultRow{Name: b.Name, Unit: b.Unit, Ratios: byOpponent(b.Ratios), RatioOf: b.RatioOf, Unavailable: b.Unavailable}
	if b.Evaluation != nil {
		row.Verdict = b.Evaluation.Verdict
	}
	a := b.Analysis
	if a == nil {
		return row
	}
	if row.N = a.N; row.N == 0 {
		row.N = a.Batches
	}
	row.Counters, row.Facts = a.Counters, a.Facts
	row.NsPerOp, row.Max = finite(a.Mean), finite(a.Max)
	row.P50, row.P99 = decided(a, .5), decided(a, .99)
	row.P999, row.P9999 = decided(a, .999), decided(a, .9999)
	row.AllocsPerOp = allocsPerOp(a)
	return row
}

// byOpponent adds to each ratio's benchmark name the opponent's own, under which
// scripts find it in every row: "today/glibc-pair256" is also "glibc".
func byOpponent(ratios certificate.Ratios) certificate.Ratios {
	named := certificate.Ratios{}
	for benchmark, ratio := range ratios {
		named[benchmark] = ratio
		group, rest, _ := strings.Cut(benchmark, "/")
		if group == "today" || group == "peer" {
			opponent, _, _ := strings.Cut(rest, "-")
			named[opponent] = ratio
		}
	}
	return named
}

// decided is the estimate of a quantile, nil when fewer than one sample is
// expected beyond it: then the largest sample would pose as the quantile.
func decided(a *wcet.Analysis, p float64) *float64 {
	if float64(a.N)*(1-p) < 1-1e-9 {
		return nil
	}
	for _, q := range a.Quantiles {
		if q.P == p {
			return finite(q.Estimate)
		}
	}
	return nil
}

// allocsPerOp needs both counters; a program of the user's own has neither.
func allocsPerOp(a *wcet.Analysis) *float64 {
	allocs, counted := a.Counters["allocs"]
	if !counted {
		return nil
	}
	return finite(allocs / a.Counters["ops"])
}

// finite is nil for NaN and infinities, which JSON cannot hold.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
