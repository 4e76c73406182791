package report

import (
	"encoding/json"
	"fmt"
	"slices"
)

// The kinds of evidence that a finding can rest on.
const (
	// Source: the code as written, with its types and its call graph.
	Source = "source"
	// Compiler: what the compiler reports about escaping values.
	Compiler = "compiler"
	// Binary: the machine code of the linked executable.
	Binary = "binary"
)

// Finding is one place that breaks a contract, or cannot be judged.
type Finding struct {
	// Code such as "ML601"; [Explain] describes it.
	Code string `json:"code"`
	// Severity of the code: "error", "warning" or "hint".
	Severity string `json:"severity"`
	// Pos of the offending code, file:line:col.
	Pos string `json:"pos"`
	// Func carries the contract that is broken.
	Func    string `json:"func"`
	Message string `json:"message"`
	// Chain of calls from Func to the offending code; empty when Func itself has it.
	Chain []Step `json:"chain"`
	// Evidence lists what shows it: [Source], [Compiler], [Binary].
	Evidence []string `json:"evidence"`
	// Fix is nil where no edit is known to clear the finding.
	Fix *Fix `json:"fix"`
	// Reason of the directive that allows the finding; empty otherwise.
	Reason string `json:"reason,omitempty"`
}

// Step is one call of a chain.
type Step struct {
	// Func is the function that is called.
	Func string `json:"func"`
	// Pos of the call, file:line:col or file:line.
	Pos string `json:"pos"`
}

// String is the finding on one line, as compilers print theirs.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s (%s)", f.Pos, f.Severity, f.Message, f.Code)
}

// MarshalJSON writes empty arrays as [], never as null.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding
	f.Chain = orEmpty(f.Chain)
	f.Evidence = orEmpty(f.Evidence)
	return json.Marshal(plain(f))
}

// orEmpty is s, or an empty slice for nil.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// clone copies the slices of f and its fix, so that a change of one is none of the other.
func (f Finding) clone() Finding {
	f.Chain = slices.Clone(f.Chain)
	f.Evidence = slices.Clone(f.Evidence)
	if f.Fix != nil {
		fix := *f.Fix
		fix.Edits = slices.Clone(fix.Edits)
		f.Fix = &fix
	}
	return f
}
