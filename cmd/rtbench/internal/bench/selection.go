package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/internal/spelling"
)

// Selection narrows a catalogue; the zero value keeps all of it.
type Selection struct {
	// Names of benchmarks.
	Names []string
	// Suites: every benchmark that carries one of these labels.
	Suites []string
}

// All reports whether nothing is narrowed.
func (s Selection) All() bool { return len(s.Names) == 0 && len(s.Suites) == 0 }

// From returns the selected benchmarks in the catalogue's order. A name or suite
// that the catalogue does not know is an error, so that a misspelt gate never
// passes by measuring nothing.
func (s Selection) From(catalogue []Benchmark) ([]Benchmark, error) {
	names, suites := known(catalogue)
	for _, n := range s.Names {
		if !slices.Contains(names, n) {
			return nil, fmt.Errorf("unknown benchmark %q%s; `rtbench list` shows all", n, nearest(n, names))
		}
	}
	for _, n := range s.Suites {
		if !slices.Contains(suites, n) {
			return nil, fmt.Errorf("unknown suite %q; there are %s", n, strings.Join(suites, ", "))
		}
	}
	var selected []Benchmark
	for _, b := range catalogue {
		if s.All() || slices.Contains(s.Names, b.Name) || intersect(b.Suites, s.Suites) {
			selected = append(selected, b)
		}
	}
	return selected, nil
}

func known(catalogue []Benchmark) (names, suites []string) {
	for _, b := range catalogue {
		names = append(names, b.Name)
		suites = append(suites, b.Suites...)
	}
	slices.Sort(suites)
	return names, slices.Compact(suites)
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// nearest suggests the known name that name was probably meant to be.
func nearest(name string, names []string) string {
	if s := Nearest(name, names); s != "" {
		return fmt.Sprintf(", did you mean %q?", s)
	}
	return ""
}

// Nearest is the entry of names within a third of name's length in edits, or
// within one, or "" when there is none: what a misspelt word was probably meant
// to be.
func Nearest(name string, names []string) string {
	best, distance := "", min(len(name), max(2, len(name)/3+1))
	for _, n := range names {
		if d := spelling.Distance(name, n); d < distance {
			best, distance = n, d
		}
	}
	return best
}
