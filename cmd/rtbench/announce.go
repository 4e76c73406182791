package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
)

// setUpEstimate is what starting, warming up and ending one process takes on top
// of its share, on average over the catalogue.
const setUpEstimate = 200 * time.Millisecond

// announce says, before anything is measured, with which rights what will be
// measured, and how long that takes.
func (a *app) announce(w io.Writer, plan *campaign.Plan) {
	width := terminalWidth(w)
	fingerprint := a.fingerprint()
	entry(w, width, "Machine", machine(fingerprint))
	entry(w, width, "Rights", fingerprint["rights"])
	for _, line := range missing(a.inspect()) {
		entry(w, width, "Missing", line)
	}
	names := namesOf(plan.Benches)
	entry(w, width, "Measure", fmt.Sprintf("%d × %d fresh processes, interleaved: %s", len(names), plan.Processes, strings.Join(names, ", ")))
	if plan.Duration > 0 {
		total := plan.Duration + time.Duration(len(plan.Jobs))*setUpEstimate
		entry(w, width, "Time", fmt.Sprintf("%v of measuring, about %v in all; Ctrl-C stops cleanly", plan.Duration, total.Round(time.Second)))
	}
}

func announceBudgets(w io.Writer, b *budget.Resolved) {
	width := terminalWidth(w)
	if b == nil {
		entry(w, width, "Budget", "none: no "+defaultBudget+" here, so nothing will be judged (docs/rtbench.toml is an example)")
		return
	}
	text := fmt.Sprintf("%s: limits on %s", b.File(), counted(len(b.Budgets), "benchmark"))
	switch {
	case b.Profile != "":
		text += ", profile " + b.Profile
	case len(b.Unmatched) > 0:
		text += "; no profile matches this machine"
	}
	if b.Retries > 0 {
		text += ", measured again at most " + counted(b.Retries, "time") + " if its conditions do not hold"
	}
	entry(w, width, "Budget", text)
}

// counted is "1 benchmark", "2 benchmarks".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// labelWidth is the column in which the text of an entry begins.
const labelWidth = 10

// entry prints "Label     text", wrapped to width; empty parts are left out.
func entry(w io.Writer, width int, label string, parts ...string) {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	wrap(w, width, labelWidth, label, strings.Join(parts, ", "))
}

// wrap prints text from column indent to width, beside label on its first line.
func wrap(w io.Writer, width, indent int, label, text string) {
	fmt.Fprint(w, label, strings.Repeat(" ", max(0, indent-utf8.RuneCountInString(label))))
	column := indent
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			fmt.Fprintf(w, "\n%*s", indent, "")
			column = indent
		default:
			fmt.Fprint(w, " ")
			column++
		}
		fmt.Fprint(w, word)
		column += n
	}
	fmt.Fprintln(w)
}
