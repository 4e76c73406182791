package source

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/lens/report"
)

// TestProgram: entry points are found without a directive, and interface calls are
// resolved by the call graph.
func TestProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("loads packages rt and rt/audio from source")
	}
	p, err := Load(context.Background(), Config{Patterns: []string{"./testdata/program"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Check()
	if err != nil {
		t.Fatal(err, p.Errors)
	}
	var got []string
	for _, f := range r.Findings {
		// Findings inside of memkit are those of its own tests.
		if at := report.ParsePos(f.Pos); strings.HasPrefix(at.File, "testdata/") {
			got = append(got, fmt.Sprintf("%d %s", at.Line, f.Code))
		}
	}
	text, err := os.ReadFile("testdata/program/program.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, line := range strings.Split(string(text), "\n") {
		if m := regexp.MustCompile(`// finding (ML\d+)`).FindStringSubmatch(line); m != nil {
			want = append(want, fmt.Sprintf("%d %s", i+1, m[1]))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	var roots []string
	for _, root := range r.Roots() {
		roots = append(roots, root.Name)
	}
	for _, name := range []string{"main.synth.Process", "main.controller.step", "main.namedStep"} {
		if !slices.Contains(roots, name) {
			t.Errorf("no entry point %s in %q", name, roots)
		}
	}
}

// TestLibrary: the contract files name packages and functions that exist in their
// form; what they say of some.
func TestLibrary(t *testing.T) {
	l, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		pkg, key string
		keeps    kindSet
		effects  kindSet
	}{
		{"time", "Now", everyKind, 0},
		{"time", "Sleep", 0, setOf(blocking)},
		{"time", "Timer.Reset", 0, setOf(lock, allocation)},
		{"math", "Sin", everyKind, 0},
		{"sync", "Mutex.Lock", 0, setOf(lock)},
		{"fmt", "Sprintf", 0, setOf(allocation, reflection)},
		{"os", "ReadFile", 0, setOf(blocking, allocation)},
		{"reflect", "Value.Int", 0, setOf(reflection, allocation)},
	}
	for _, tt := range tests {
		e, ok := l.named(tt.pkg, tt.key)
		if !ok || e.keeps&tt.keeps != tt.keeps || setOf(e.effects...)&tt.effects != tt.effects {
			t.Errorf("%s.%s: %+v, %v", tt.pkg, tt.key, e, ok)
		}
	}
	if _, ok := l.named("example.com/none", "F"); ok {
		t.Error("the library speaks of a package that it does not know")
	}
	if !l.covers("reflect") || l.covers("slices") || l.covers("example.com/none") {
		t.Error("covers: want reflect, and neither slices nor an unknown package")
	}
}

func TestLibraryFaults(t *testing.T) {
	for text, want := range map[string]string{
		"Sleep blocks":                          "without a package",
		"package time\nSleep":                   "says nothing",
		"package time\nSleep dances":            `unknown word "dances"`,
		"package time\nSleep blocks\nSleep cgo": "twice",
	} {
		l := &library{map[string]map[string]entry{}, map[string]bool{}}
		if err := l.read("x.txt", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error that contains %q", text, err, want)
		}
	}
}

func TestSplitSymbol(t *testing.T) {
	tests := []struct{ symbol, pkg, key string }{
		{"time.Sleep", "time", "Sleep"},
		{"example.com/a/b.(*T).M", "example.com/a/b", "T.M"},
		{"example.com/a/b.T.M", "example.com/a/b", "T.M"},
		{"gopkg.in/yaml%2ev3.Parse", "gopkg.in/yaml.v3", "Parse"},
		{"odd", "odd", ""},
	}
	for _, tt := range tests {
		if pkg, key := splitSymbol(tt.symbol); pkg != tt.pkg || key != tt.key {
			t.Errorf("splitSymbol(%q) = %q, %q", tt.symbol, pkg, key)
		}
	}
}
