package main

import "fmt"

// tally counts what became of a package's mutants.
type tally struct {
	pkg                          string
	killed, survived, equivalent int
}

// count adds a mutant and returns its line of the report.
func (t *tally) count(m mutant, o outcome) string {
	switch {
	case m.equivalent != "":
		t.equivalent++
		return fmt.Sprintf("equivalent  %s (%s)", m.name, m.equivalent)
	case o.killed:
		t.killed++
		return fmt.Sprintf("killed      %s (%s)", m.name, o.by)
	}
	t.survived++
	return fmt.Sprintf("SURVIVED    %s", m.name)
}

// score is the percentage of mutants killed, of those that are no equivalents.
func (t tally) score() float64 {
	if t.killed+t.survived == 0 {
		return 0
	}
	return 100 * float64(t.killed) / float64(t.killed+t.survived)
}

func (t tally) String() string {
	s := fmt.Sprintf("%s: %d of %d mutants killed (%.1f%%)", t.pkg, t.killed, t.killed+t.survived, t.score())
	if t.equivalent > 0 {
		s += fmt.Sprintf(", and %d equivalent", t.equivalent)
	}
	return s
}
