package report

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"
)

// The severities of codes.
const (
	// SeverityError: the contract is broken.
	SeverityError = "error"
	// SeverityWarning: the code cannot be judged, or a directive is out of date. It
	// is a finding all the same.
	SeverityWarning = "warning"
	// SeverityHint: worth knowing, and no finding.
	SeverityHint = "hint"
)

// Code describes one kind of finding.
type Code struct {
	// ID such as "ML601".
	ID string
	// Severity of its findings.
	Severity string
	// Contracts whose functions it concerns: "nonallocating", "nonblocking".
	Contracts []string
	// Title in a few words.
	Title string
	// What it reports and Why it matters, as paragraphs.
	What, Why string
	// Bad is a complete file of Go that has the finding, Good one that does the same
	// without it.
	Bad, Good string
}

//go:embed codes/*.txtar
var codeFiles embed.FS

var table = sync.OnceValue(func() []Code {
	entries, err := codeFiles.ReadDir("codes")
	if err != nil {
		panic(err)
	}
	codes := make([]Code, len(entries))
	for i, e := range entries {
		text, err := codeFiles.ReadFile(path.Join("codes", e.Name()))
		if err != nil {
			panic(err)
		}
		codes[i], err = parseCode(strings.TrimSuffix(e.Name(), ".txtar"), text)
		if err != nil {
			panic(err)
		}
	}
	return codes
})

// Codes lists every code, in order.
func Codes() []Code { return append([]Code(nil), table()...) }

// Explain returns the description of a code, or false when there is none.
func Explain(id string) (Code, bool) {
	for _, c := range table() {
		if c.ID == id {
			return c, true
		}
	}
	return Code{}, false
}

// parseCode reads one file of codes. Its comment begins with the title, the severity
// and the contracts, one a line, and goes on with the sections "What" and "Why".
func parseCode(id string, text []byte) (Code, error) {
	archive := txtar.Parse(text)
	head, sections, ok := strings.Cut(string(archive.Comment), "\n\nWhat\n")
	what, why, ok2 := strings.Cut(sections, "\n\nWhy\n")
	lines := strings.Split(head, "\n")
	if !ok || !ok2 || len(lines) != 3 || len(archive.Files) != 2 ||
		archive.Files[0].Name != "bad.go" || archive.Files[1].Name != "good.go" {
		return Code{}, fmt.Errorf("report: codes/%s.txtar: want title, severity, contracts, What, Why, bad.go and good.go", id)
	}
	return Code{
		ID: id, Title: lines[0], Severity: lines[1], Contracts: strings.Fields(lines[2]),
		What: strings.TrimSpace(what), Why: strings.TrimSpace(why),
		Bad: string(archive.Files[0].Data), Good: string(archive.Files[1].Data),
	}, nil
}
