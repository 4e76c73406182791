package output

import (
	"strings"

	"github.com/memkit-go/memkit/internal/github"
	"github.com/memkit-go/memkit/lens/report"
)

// GitHub prints a workflow command for each finding and each error. Hints and
// allowed findings are left out.
func (p Page) GitHub(r *report.Report) error {
	for _, e := range r.Errors {
		if err := p.annotate(github.Error, e.Pos, "memlense", e.Message); err != nil {
			return err
		}
	}
	for _, f := range r.Findings {
		level := github.Error
		if f.Severity != report.SeverityError {
			level = github.Warning
		}
		message := f.Message
		if len(f.Chain) > 0 {
			message += "\n" + f.Func + strings.Join(p.calls(f), "")
		}
		if err := p.annotate(level, f.Pos, f.Code+" in "+f.Func, message); err != nil {
			return err
		}
	}
	return nil
}

// calls are the steps of a chain, each on a line of its own.
func (p Page) calls(f report.Finding) []string {
	lines := make([]string, len(f.Chain))
	for i, s := range f.Chain {
		lines[i] = "\n  calls " + s.Func + " at " + p.at(s.Pos)
	}
	return lines
}

func (p Page) annotate(level, pos, title, message string) error {
	at := p.place(pos)
	a := github.Annotation{Level: level, File: at.File, Line: at.Line, Column: at.Column, Title: title, Message: message}
	return a.Write(p.W)
}
