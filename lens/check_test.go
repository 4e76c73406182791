package lens

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/lens/report"
)

var expectation = regexp.MustCompile(`// finding (ML\d+)`)

// expected reads the comments "// finding ML601" of a file.
func expected(t *testing.T, name string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		for _, m := range expectation.FindAllStringSubmatch(line, -1) {
			list = append(list, fmt.Sprintf("%s:%d %s", name, i+1, m[1]))
		}
	}
	return list
}

func found(findings []report.Finding) (list []string) {
	for _, f := range findings {
		p := report.ParsePos(f.Pos)
		list = append(list, fmt.Sprintf("%s:%d %s", p.File, p.Line, f.Code))
	}
	return list
}

func TestVerdicts(t *testing.T) {
	testenv.SkipInRaceRun(t) // which has ExampleCheck
	r, err := Check(context.Background(), Config{Patterns: []string{"./testdata/verdicts"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Errors {
		t.Error(e)
	}
	if got, want := found(r.Findings), expected(t, "testdata/verdicts/verdicts.go"); !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	for _, f := range r.Findings {
		if f.Code == "ML601" && !slices.Contains(f.Evidence, report.Binary) {
			t.Errorf("%v: evidence %q, want the executable's", f, f.Evidence)
		}
	}
	if len(r.Allowed) != 1 || r.Allowed[0].Reason != "for the test" || !slices.Contains(r.Allowed[0].Evidence, report.Binary) {
		t.Errorf("allowed %+v, want the allocation of Permitted", r.Allowed)
	}
}

// TestSourceOnly leaves the executable out: the source alone overstates allocation.
func TestSourceOnly(t *testing.T) {
	testenv.SkipInRaceRun(t) // which has ExampleCheck
	timings := &Timings{}
	r, err := Check(context.Background(), Config{Patterns: []string{"./testdata/verdicts"}, SourceOnly: true, Timings: timings})
	if err != nil {
		t.Fatal(err)
	}
	var phases []string
	for _, p := range timings.Phases {
		phases = append(phases, p.Name)
	}
	if want := []string{"load", "SSA form", "contracts", "call graph"}; !slices.Equal(phases, want) || timings.Lines < 1000 {
		t.Errorf("phases %q, not %q; %d lines", phases, want, timings.Lines)
	}
	for _, want := range expected(t, "testdata/verdicts/verdicts.go") {
		if strings.HasSuffix(want, "ML601") && !slices.Contains(found(r.Findings), want) {
			t.Errorf("no finding %s", want)
		}
	}
}

// TestBrokenCode: what does not compile is an error, never a clean report.
func TestBrokenCode(t *testing.T) {
	testenv.SkipInRaceRun(t) // which has ExampleCheck
	tests := []struct{ name, text, want string }{
		{"type", "package p\n\nfunc f() int { return \"\" }\n", `cannot use ""`},
		{"syntax", "package p\n\nfunc f( {\n", "expected"},
		{"import", "package p\n\nimport _ \"example.com/none\"\n", "example.com/none"},
		{"constraint", "//go:build never\n\npackage p\n", "build constraints exclude all Go files"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "go.mod", "module example.com/p\n\ngo 1.26\n")
			write(t, dir, "p.go", tt.text)
			r, err := Check(context.Background(), Config{Dir: dir, Env: append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod")})
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want one that contains %q", err, tt.want)
				}
				return
			}
			if r.Clean() || len(r.Errors) == 0 {
				t.Fatalf("report %v, want an error", r)
			}
			if text := fmt.Sprint(r.Errors); !strings.Contains(text, tt.want) {
				t.Errorf("errors %s, want one that contains %q", text, tt.want)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestNoSuchPattern(t *testing.T) {
	r, err := Check(context.Background(), Config{Patterns: []string{"./none"}})
	if err == nil && r.Clean() {
		t.Errorf("report %v for a package that does not exist", r)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := Check(ctx, Config{Patterns: []string{"./testdata/synth"}}); err == nil {
		t.Errorf("report %v after the context ended, want an error", r)
	}
}
