package baseline

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/lens/report"
)

func old() *report.Report {
	return &report.Report{Findings: []report.Finding{
		{Code: "ML603", Func: "p.G", Message: "Lock takes a lock", Pos: "a.go:9:1"},
		{Code: "ML601", Func: "p.F", Message: "make allocates", Pos: "a.go:3:1"},
		{Code: "ML601", Func: "p.F", Message: "make allocates", Pos: "a.go:4:1"},
	}}
}

func TestRoundTrip(t *testing.T) {
	name := filepath.Join(t.TempDir(), "memlense.json")
	if err := New(old()).WriteFile(name); err != nil {
		t.Fatal(err)
	}
	b, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{{"ML601", "p.F", "make allocates", 2}, {"ML603", "p.G", "Lock takes a lock", 1}}
	if !slices.Equal(b.Findings, want) {
		t.Errorf("got %v, want %v", b.Findings, want)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".baseline-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestApply(t *testing.T) {
	b := New(old())
	for _, tt := range []struct {
		name                     string
		change                   func(*report.Report)
		findings, allowed, fixed int
	}{
		{"unchanged", func(*report.Report) {}, 0, 3, 0},
		{"lines move", func(r *report.Report) {
			for i := range r.Findings {
				r.Findings[i].Pos = "b.go:100:1"
			}
		}, 0, 3, 0},
		{"one more of the same", func(r *report.Report) { r.Findings = append(r.Findings, r.Findings[1]) }, 1, 3, 0},
		{"another message", func(r *report.Report) { r.Findings[0].Message = "RLock takes a lock" }, 1, 2, 1},
		{"another code", func(r *report.Report) { r.Findings[0].Code = "ML602" }, 1, 2, 1},
		{"another function", func(r *report.Report) { r.Findings[0].Func = "p.H" }, 1, 2, 1},
		{"repaired", func(r *report.Report) { r.Findings = r.Findings[:1] }, 0, 1, 2},
	} {
		r := old()
		tt.change(r)
		gone := b.Apply(r, "baseline")
		fixed := 0
		for _, e := range gone {
			fixed += e.Count
		}
		if len(r.Findings) != tt.findings || len(r.Allowed) != tt.allowed || fixed != tt.fixed {
			t.Errorf("%s: %d findings, %d allowed, %d repaired; want %d, %d, %d", tt.name, len(r.Findings), len(r.Allowed), fixed, tt.findings, tt.allowed, tt.fixed)
		}
		for _, f := range r.Allowed {
			if f.Reason != "baseline" {
				t.Errorf("%s: reason %q", tt.name, f.Reason)
			}
		}
	}
}

func TestApplyKeepsErrors(t *testing.T) {
	r := &report.Report{Errors: []report.Error{{Message: "does not compile"}}}
	New(old()).Apply(r, "baseline")
	if r.Clean() {
		t.Error("a baseline made a report with an error clean")
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{
		"", "{", "[]", "null", `{"version":1,"findings":[]} x`, `{"version":2,"findings":[]}`, `{"version":1,"finding":[]}`,
		`{"version":1,"findings":[{"code":"ML601","func":"f","message":"m","count":0}]}`,
		`{"version":1,"findings":[{"code":"","func":"f","message":"m","count":1}]}`,
	} {
		if _, err := Read(strings.NewReader(text)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"version":1,"findings":[{"code":"ML601","func":"f","message":"m","count":1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		r := old()
		b.Apply(r, "baseline")
		if len(r.Findings)+len(r.Allowed) != 3 {
			t.Errorf("findings were lost: %+v", r)
		}
	})
}
