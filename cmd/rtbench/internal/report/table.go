package report

import (
	"bytes"
	"io"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/wcet"
)

// minWidth is the narrowest terminal that [Table] lays out for.
const minWidth = 80

// gap separates two columns.
const gap = "  "

var headings = [...]string{"BENCH", "p50", "p99", "≤p99.99*", "vs-today", "VERDICT"}

// The columns by position in headings.
const (
	colName = iota
	colP50
	colP99
	colLimit
	colToday
	colVerdict
)

const footnote = `* upper confidence limit of the 99.99 % quantile by order statistics, one-sided,
  no distribution assumed. A dash: these samples cannot decide it.
  vs-today: the p99 or the mean of this benchmark over that of what a user does
  today, same run; below 1 is less. A name says that it is over that benchmark.`

// Table writes the summary for a terminal: one row a benchmark, at most width
// columns wide (less than 80 counts as 80). Colour marks verdicts with ANSI
// escapes and carries no meaning of its own. Errors are the writer's.
func Table(w io.Writer, c *certificate.Certificate, width int, colour bool) error {
	var cells [][len(headings)]string
	for i := range c.Benches {
		cells = append(cells, tableRow(newRow(&c.Benches[i])))
	}
	widths := columnWidths(cells, max(width, minWidth))

	var out bytes.Buffer
	writeRow(&out, headings, widths, "")
	for _, row := range cells {
		style := ""
		if colour {
			style = ansi[row[colVerdict]]
		}
		writeRow(&out, row, widths, style)
	}
	if len(cells) == 0 {
		out.WriteString("no benchmark was measured\n")
	} else {
		out.WriteString(footnote + "\n")
	}
	_, err := w.Write(out.Bytes())
	return err
}

// restInReport ends a reason that a terminal does not show in full.
const restInReport = "; … (the report lists all)"

// Reasons writes, for every row that is not certified, why and what to do,
// wrapped to width. It writes nothing when there is no such row.
func Reasons(w io.Writer, c *certificate.Certificate, width int) error {
	var out bytes.Buffer
	for i := range c.Benches {
		r := newRow(&c.Benches[i])
		if !r.uncertified() {
			continue
		}
		out.WriteString(printable(r.bench.Name) + "  " + r.verdict() + "\n")
		for _, reason := range r.reasons() {
			for _, line := range wrap(printable(brief(reason, restInReport)), max(width, minWidth)-4) {
				out.WriteString("    " + line + "\n")
			}
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// ansi styles a verdict; other verdicts print plainly.
var ansi = map[string]string{
	string(wcet.Pass):         "\x1b[32m",
	string(wcet.Fail):         "\x1b[1;31m",
	string(wcet.Inconclusive): "\x1b[33m",
	string(wcet.Unsupported):  "\x1b[33m",
	noLimit:                   "\x1b[2m",
	notMeasured:               "\x1b[2m",
}

const ansiReset = "\x1b[0m"

func tableRow(r row) [len(headings)]string {
	unit := r.bench.Unit
	cells := [len(headings)]string{
		colName:    printable(r.bench.Name),
		colP50:     aligned(r.p50, unit, nearest),
		colP99:     aligned(r.p99, unit, nearest),
		colLimit:   aligned(r.limit, unit, upward),
		colToday:   r.vsToday(),
		colVerdict: r.verdict(),
	}
	if r.batchOnly() {
		// A mean is no quantile: say so, across the quantiles' columns.
		cells[colP50], cells[colP99] = "", ""
		cells[colLimit] = "mean " + quantity(r.mean, unit, nearest) + "/op"
	}
	return cells
}

// aligned pads the unit so that digits of one column stand under each other:
// " s" next to "ms".
func aligned(v float64, unit string, r rounding) string {
	number, scaled := scale(v, unit, r)
	switch scaled {
	case "":
		return number
	case "s":
		scaled = " s"
	}
	return number + " " + scaled
}

// columnWidths fits every cell; what the total exceeds, the names give up.
// The mean of a batch benchmark spans three columns and widens none.
func columnWidths(cells [][len(headings)]string, total int) (widths [len(headings)]int) {
	for i, h := range headings {
		widths[i] = uniseg.StringWidth(h)
	}
	for _, row := range cells {
		for i, cell := range row {
			if i == colLimit && row[colP50] == "" {
				continue
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	sum := len(gap) * (len(headings) - 1)
	for _, w := range widths {
		sum += w
	}
	if sum > total {
		widths[colName] = max(len(headings[colName]), widths[colName]-(sum-total))
	}
	return widths
}

func writeRow(out *bytes.Buffer, row [len(headings)]string, widths [len(headings)]int, style string) {
	out.WriteString(padRight(clip(row[colName], widths[colName]), widths[colName]))
	if row[colP50] == "" {
		span := widths[colP50] + widths[colP99] + widths[colLimit] + 2*len(gap)
		out.WriteString(gap + padLeft(row[colLimit], span))
	} else {
		for i := colP50; i <= colLimit; i++ {
			out.WriteString(gap + padLeft(row[i], widths[i]))
		}
	}
	out.WriteString(gap + padLeft(row[colToday], widths[colToday]) + gap)
	if style != "" {
		out.WriteString(style + row[colVerdict] + ansiReset)
	} else {
		out.WriteString(row[colVerdict])
	}
	out.WriteByte('\n')
}

func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-uniseg.StringWidth(s))) + s
}

func padRight(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-uniseg.StringWidth(s)))
}

// clip shortens s to width columns, cutting in the middle: both the family and
// the distinguishing end of a benchmark's name stay readable.
func clip(s string, width int) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	clusters := clusters(s)
	head, tail := clusters, clusters
	for keep := len(clusters) - 1; keep > 0; keep-- {
		head, tail = clusters[:(keep+1)/2], clusters[len(clusters)-keep/2:]
		short := strings.Join(head, "") + "…" + strings.Join(tail, "")
		if uniseg.StringWidth(short) <= width {
			return short
		}
	}
	return "…"
}

func clusters(s string) (out []string) {
	for g := uniseg.NewGraphemes(s); g.Next(); {
		out = append(out, g.Str())
	}
	return out
}

// printable replaces what a terminal would obey instead of showing: escape
// sequences, line breaks, direction overrides.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// wrap breaks s at spaces into lines of at most width columns.
func wrap(s string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case uniseg.StringWidth(line)+1+uniseg.StringWidth(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
