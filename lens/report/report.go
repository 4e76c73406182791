package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Report is the outcome of one check.
type Report struct {
	// Findings break a contract.
	Findings []Finding `json:"findings"`
	// Hints are worth knowing and break none.
	Hints []Finding `json:"hints"`
	// Allowed are findings that a directive with a reason exempts.
	Allowed []Finding `json:"allowed"`
	// Errors are parts of the program that could not be analysed. A report with
	// errors is never clean.
	Errors []Error `json:"errors"`
	// Checked is how many functions were: those with a contract, and entry points.
	// With none of them a report says nothing of the program.
	Checked int `json:"checked"`
}

// Error is a part of the program that could not be analysed.
type Error struct {
	// Pos is empty where no place in the source is to be named.
	Pos     string `json:"pos"`
	Message string `json:"message"`
}

// String is the error on one line.
func (e Error) String() string {
	if e.Pos == "" {
		return e.Message
	}
	return e.Pos + ": " + e.Message
}

// MarshalJSON writes empty arrays as [], never as null.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	r.Findings = orEmpty(r.Findings)
	r.Hints = orEmpty(r.Hints)
	r.Allowed = orEmpty(r.Allowed)
	r.Errors = orEmpty(r.Errors)
	return json.Marshal(plain(r))
}

// String counts what the report has.
func (r *Report) String() string {
	return fmt.Sprintf("%s, %s, %d allowed, %s",
		count(len(r.Findings), "finding"), count(len(r.Hints), "hint"), len(r.Allowed), count(len(r.Errors), "error"))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Clean reports whether everything was analysed and nothing was found.
func (r *Report) Clean() bool { return len(r.Findings) == 0 && len(r.Errors) == 0 }

// Clone is a copy that shares nothing with r.
func (r *Report) Clone() *Report {
	list := func(from []Finding) []Finding {
		to := make([]Finding, len(from))
		for i, f := range from {
			to[i] = f.clone()
		}
		return to
	}
	return &Report{list(r.Findings), list(r.Hints), list(r.Allowed), append([]Error{}, r.Errors...), r.Checked}
}

// Sort orders each list by place, code and function.
func (r *Report) Sort() {
	for _, list := range [][]Finding{r.Findings, r.Hints, r.Allowed} {
		slices.SortStableFunc(list, func(a, b Finding) int {
			return cmp.Or(comparePos(a.Pos, b.Pos), cmp.Compare(a.Code, b.Code),
				cmp.Compare(a.Func, b.Func), cmp.Compare(a.Message, b.Message))
		})
	}
	slices.SortStableFunc(r.Errors, func(a, b Error) int {
		return cmp.Or(comparePos(a.Pos, b.Pos), cmp.Compare(a.Message, b.Message))
	})
}

func comparePos(a, b string) int {
	p, q := ParsePos(a), ParsePos(b)
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Place is a position taken apart. Line and Column count from 1 and are 0 where
// they are unknown.
type Place struct {
	File         string
	Line, Column int
}

// ParsePos takes a position file:line:col, file:line or file apart. A colon of the
// file's own name stays in it.
func ParsePos(pos string) Place {
	p := Place{File: pos}
	var numbers []int
	for len(numbers) < 2 {
		i := strings.LastIndexByte(p.File, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(p.File[i+1:])
		if err != nil || n < 0 {
			break
		}
		numbers = append(numbers, n)
		p.File = p.File[:i]
	}
	switch len(numbers) {
	case 1:
		p.Line = numbers[0]
	case 2:
		p.Line, p.Column = numbers[1], numbers[0]
	}
	return p
}
