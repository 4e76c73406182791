// Package junit writes verdicts as JUnit XML, which most continuous-integration
// services show.
package junit

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// Outcome of a case.
type Outcome int

const (
	// Pass is a case that holds.
	Pass Outcome = iota
	// Fail is a case that does not hold.
	Fail
	// Undecided is a case that could not be decided. It is written as an error, so
	// that no service takes it for a pass.
	Undecided
)

// Case is one thing that was judged.
type Case struct {
	// Class groups cases: a benchmark. Name is the case's own.
	Class, Name string
	Outcome     Outcome
	// Type is the verdict's word, Message why it is so.
	Type, Message string
}

// Property is a fact about all cases of a suite: a seed, a hash.
type Property struct{ Name, Value string }

// Write writes the cases as one suite with its properties.
func Write(w io.Writer, suite string, cases []Case, properties ...Property) error {
	s := junit.Testsuite{Name: clean(suite), Time: "0"}
	for _, p := range properties {
		s.AddProperty(clean(p.Name), clean(p.Value))
	}
	for _, c := range cases {
		t := junit.Testcase{Name: clean(c.Name), Classname: clean(c.Class)}
		why := &junit.Result{Message: clean(c.Message), Type: clean(c.Type)}
		switch c.Outcome {
		case Fail:
			t.Failure = why
		case Undecided:
			t.Error = why
		}
		s.AddTestcase(t)
	}
	var all junit.Testsuites
	all.AddSuite(s)
	if _, err := fmt.Fprintln(w, `<?xml version="1.0" encoding="UTF-8"?>`); err != nil {
		return err
	}
	return all.WriteXML(w)
}

// clean replaces what XML 1.0 cannot hold.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return '�'
		}
		return r
	}, text)
}
