package output

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/memkit-go/memkit/lens/report"
)

// Page is where a report goes.
type Page struct {
	W io.Writer
	// Dir is the directory that positions below it are printed relative to; empty
	// leaves them as they are.
	Dir string
	// Verbose lists the findings that are allowed, with their reasons.
	Verbose bool
	// Colour marks severities, for a terminal.
	Colour bool
	// ReadFile returns the content of a source file; nil is os.ReadFile.
	ReadFile func(name string) ([]byte, error)

	lines *sources // of SARIF's
}

// JSON prints the report on one line, with positions as they are in it.
func (p Page) JSON(r *report.Report) error {
	enc := json.NewEncoder(p.W)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// place is a position with its file relative to Dir, where it is below.
func (p Page) place(pos string) report.Place {
	at := report.ParsePos(pos)
	at.File = p.relative(at.File)
	return at
}

func (p Page) relative(file string) string {
	if p.Dir == "" || !filepath.IsAbs(file) {
		return filepath.ToSlash(file)
	}
	rel, err := filepath.Rel(p.Dir, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(file)
	}
	return filepath.ToSlash(rel)
}

func (p Page) readFile(name string) ([]byte, error) {
	if p.Dir != "" && !filepath.IsAbs(name) {
		name = filepath.Join(p.Dir, name)
	}
	if p.ReadFile != nil {
		return p.ReadFile(name)
	}
	return os.ReadFile(name)
}
