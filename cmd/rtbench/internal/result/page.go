package result

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

const (
	// defaultWidth is how many columns there are where the output is no terminal.
	defaultWidth = 100
	// labelWidth is the column in which the text of an entry begins.
	labelWidth = 10
)

// Page is text for a reader: a writer that knows its width.
type Page struct {
	io.Writer
	// Width in columns.
	Width int
	// Terminal is true where escape sequences are understood.
	Terminal bool
}

// NewPage returns a page as wide as the terminal behind w, or 100 columns.
func NewPage(w io.Writer) *Page {
	p := &Page{Writer: w, Width: defaultWidth, Terminal: IsTerminal(w)}
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			p.Width = width
		}
	}
	return p
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Entry prints "Label     text", wrapped to the page; empty parts are left out.
func (p *Page) Entry(label string, parts ...string) {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	p.Wrap(labelWidth, label, strings.Join(parts, ", "))
}

// Wrap prints text from column indent to the page's width. The label stands in
// front of its first line.
func (p *Page) Wrap(indent int, label, text string) {
	fmt.Fprint(p, label, strings.Repeat(" ", max(0, indent-utf8.RuneCountInString(label))))
	column := indent
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > p.Width:
			fmt.Fprintf(p, "\n%*s", indent, "")
			column = indent
		default:
			fmt.Fprint(p, " ")
			column++
		}
		fmt.Fprint(p, word)
		column += n
	}
	fmt.Fprintln(p)
}
