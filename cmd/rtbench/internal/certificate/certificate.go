// Package certificate defines the record of a run: the benchmarks and the machine,
// the result of every hypothesis test, every bound, and the verdict of each budget.
package certificate

import (
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// Schema names the format of certificate.json.
const Schema = "memkit.certificate/1"

// Certificate is the evaluation of a run. It has digests, not samples; the run file
// has those.
type Certificate struct {
	Schema  string            `json:"schema"`
	Version string            `json:"version"`
	Created string            `json:"created"`
	Command []string          `json:"command"`
	Env     map[string]string `json:"env"`
	// Digest is the SHA-256 of the run file.
	Digest string `json:"digest"`
	// Verdict of the whole: FAIL beats INCONCLUSIVE and UNSUPPORTED beat PASS.
	// Without any budget it is INCONCLUSIVE: nothing was asked.
	Verdict wcet.Verdict `json:"verdict"`
	// Profile that matched this machine, empty when none did.
	Profile string `json:"profile,omitempty"`
	// Unmatched names the benchmarks whose absolute limits stand in profiles of
	// other machines: here they were measured, with no limit set.
	Unmatched []string `json:"unmatched,omitempty"`
	// Attempts at measuring under the required conditions, the last of which this
	// certificate judges.
	Attempts []Attempt `json:"attempts"`
	// Incomplete says why the run ended early; empty for a whole one.
	Incomplete string `json:"incomplete,omitempty"`
	// SelfTest says how often the gate that judged caught injected faults and
	// raised false alarms; nil where it was not tested.
	SelfTest *SelfTest `json:"selftest,omitempty"`
	// Benches in the order of the catalogue.
	Benches []Bench `json:"benches"`
}

// Bench is one benchmark's row.
type Bench struct {
	Name        string `json:"name"`
	Doc         string `json:"doc"`
	Unit        string `json:"unit"`
	Unavailable string `json:"unavailable,omitempty"`
	// Analysis is nil when Unavailable.
	Analysis *wcet.Analysis `json:"analysis,omitempty"`
	// Ratios to peers of the same run, by peer name; RatioOf is the metric.
	Ratios  Ratios `json:"ratios,omitempty"`
	RatioOf string `json:"ratio_of,omitempty"`
	// Evaluation is nil where no budget names the benchmark ("measured, no
	// limit set").
	Evaluation *wcet.Evaluation `json:"evaluation,omitempty"`
	// Population feeds the report's plots; it is not part of the JSON.
	Population wcet.Population `json:"-"`
	// Outliers with their causes, largest first.
	Outliers []record.Outlier `json:"outliers,omitempty"`
}
