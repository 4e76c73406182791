package output

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/memkit-go/memkit/lens/report"
)

// Text prints what a reader at a terminal wants: each finding with its line of
// source and its calls, the errors last, and a count.
func (p Page) Text(r *report.Report) error {
	w := bufio.NewWriter(p.W)
	t := textPage{Page: p, w: w, lines: newSources(p.readFile)}
	for _, f := range r.Findings {
		t.finding(f)
	}
	for _, f := range r.Hints {
		t.finding(f)
	}
	if p.Verbose {
		for _, f := range r.Allowed {
			fmt.Fprintf(w, "%s: allowed %s: %s\n   in %s\n   reason: %s\n\n", t.at(f.Pos), f.Code, f.Message, f.Func, f.Reason)
		}
	}
	for _, e := range r.Errors {
		t.err(e)
	}
	switch {
	case r.Clean() && r.Checked == 0:
		fmt.Fprintln(w, "nothing to check: no function has a contract, and no entry point was found; write //rt:nonallocating or //rt:nonblocking above a function")
	case r.Clean() && len(r.Hints) == 0:
		fmt.Fprintf(w, "no findings in %s, %d allowed\n", functions(r.Checked), len(r.Allowed))
	default:
		fmt.Fprintln(w, r)
	}
	return w.Flush()
}

func functions(n int) string {
	if n == 1 {
		return "1 function"
	}
	return strconv.Itoa(n) + " functions"
}

type textPage struct {
	Page
	w     *bufio.Writer
	lines *sources
}

// Colours of the severities, as terminals know them.
var colours = map[string]string{
	report.SeverityError:   "\x1b[1;31m",
	report.SeverityWarning: "\x1b[1;33m",
	report.SeverityHint:    "\x1b[1;36m",
}

func (t *textPage) severity(severity string) string {
	if !t.Colour || colours[severity] == "" {
		return severity
	}
	return colours[severity] + severity + "\x1b[0m"
}

func (t *textPage) finding(f report.Finding) {
	fmt.Fprintf(t.w, "%s: %s %s: %s\n", t.at(f.Pos), t.severity(f.Severity), f.Code, f.Message)
	t.source(f.Pos)
	if f.Func != "" {
		fmt.Fprintf(t.w, "   in %s\n", f.Func)
	}
	for _, s := range f.Chain {
		fmt.Fprintf(t.w, "      calls %s at %s\n", s.Func, t.at(s.Pos))
	}
	if len(f.Evidence) > 0 {
		fmt.Fprintf(t.w, "   evidence: %s\n", strings.Join(f.Evidence, ", "))
	}
	if f.Fix != nil {
		fmt.Fprintf(t.w, "   fix: %s\n", f.Fix.Message)
	}
	fmt.Fprintln(t.w)
}

func (t *textPage) err(e report.Error) {
	if e.Pos != "" {
		fmt.Fprintf(t.w, "%s: ", t.at(e.Pos))
	}
	fmt.Fprintf(t.w, "not analysed: %s\n\n", e.Message)
}

// at is a position as a reader clicks it.
func (p Page) at(pos string) string {
	at := p.place(pos)
	switch {
	case at.Line == 0:
		return at.File
	case at.Column == 0:
		return at.File + ":" + strconv.Itoa(at.Line)
	}
	return fmt.Sprintf("%s:%d:%d", at.File, at.Line, at.Column)
}

// source prints the line of source with a mark under the column. A file that cannot
// be read is left out: the position stands above.
func (t *textPage) source(pos string) {
	at := report.ParsePos(pos)
	line, ok := t.lines.line(at)
	if !ok {
		return
	}
	number := strconv.Itoa(at.Line)
	fmt.Fprintf(t.w, " %s | %s\n", number, printable(strings.ReplaceAll(line, "\t", "    ")))
	if at.Column < 1 || at.Column > len(line)+1 {
		return
	}
	before := printable(strings.ReplaceAll(line[:at.Column-1], "\t", "    "))
	fmt.Fprintf(t.w, " %s | %s^\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", utf8.RuneCountInString(before)))
}

// printable is text without control characters, which a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text)
}
