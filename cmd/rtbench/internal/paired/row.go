package paired

import (
	"encoding/json"
	"math"
)

// Verdict compares B with A.
type Verdict string

const (
	// Worse and Better: the difference was found in one batch and confirmed by a
	// second, fresh one.
	Worse  Verdict = "worse"
	Better Verdict = "better"
	// Equivalent: the difference lies within the margin.
	Equivalent Verdict = "equivalent"
	// Unconfirmed: there is a difference between two recorded runs, and they were not
	// measured in the same rounds.
	Unconfirmed Verdict = "unconfirmed"
	// Inconclusive: the rounds do not decide.
	Inconclusive Verdict = "inconclusive"
)

// Row is one metric of one benchmark.
type Row struct {
	Bench  string
	Metric string
	Unit   string
	// A and B are the medians over the rounds of the last batch.
	A, B float64
	// Effect is B's relative difference to A, .1 for ten per cent more, with its
	// limits: those of the last batch.
	Effect, Lower, Upper float64
	Margin               float64
	Verdict              Verdict
	// Confirmed is true where a second batch found the same difference.
	Confirmed bool
	Why       string
	Batches   []Batch

	metric Metric
}

// Batch is what one row's rounds gave.
type Batch struct {
	// A and B are the figures of the rounds, in order.
	A, B []float64
	// Effect and its limits at the Confidence, two-sided.
	Effect, Lower, Upper float64
	Confidence           float64
}

// MarshalJSON writes limits that do not exist as null.
func (b Batch) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		A          []float64   `json:"a"`
		B          []float64   `json:"b"`
		Effect     *float64    `json:"effect"`
		CI         [2]*float64 `json:"ci"`
		Confidence float64     `json:"confidence"`
	}{b.A, b.B, finite(b.Effect), [2]*float64{finite(b.Lower), finite(b.Upper)}, b.Confidence})
}

// MarshalJSON writes limits that do not exist as null.
func (r *Row) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Bench     string      `json:"bench"`
		Metric    string      `json:"metric"`
		Unit      string      `json:"unit"`
		A         *float64    `json:"a"`
		B         *float64    `json:"b"`
		Effect    *float64    `json:"effect"`
		CI        [2]*float64 `json:"ci"`
		Margin    float64     `json:"margin"`
		Verdict   Verdict     `json:"verdict"`
		Confirmed bool        `json:"confirmed"`
		Why       string      `json:"why"`
		Batches   []Batch     `json:"batches"`
	}{
		r.Bench, r.Metric, r.Unit, finite(r.A), finite(r.B), finite(r.Effect), [2]*float64{finite(r.Lower), finite(r.Upper)},
		r.Margin, r.Verdict, r.Confirmed, r.Why, r.Batches,
	})
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
