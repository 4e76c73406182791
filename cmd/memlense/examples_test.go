package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/lens/report"
)

// TestExamplesOfCodes runs the examples of explain through the analysis: each bad one
// has its finding, and no good one has any.
func TestExamplesOfCodes(t *testing.T) {
	testenv.SkipInRaceRun(t)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "go.mod"), "module example.org/codes\n\ngo 1.26\n")
	for _, c := range report.Codes() {
		for name, text := range map[string]string{"bad": c.Bad, "good": c.Good} {
			at := filepath.Join(dir, c.ID, name)
			if err := os.MkdirAll(at, 0o755); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(at, name+".go"), text)
		}
	}
	if !haveC(t) {
		if err := os.RemoveAll(filepath.Join(dir, "ML608", "bad")); err != nil {
			t.Fatal(err)
		}
	}
	r, err := check(context.Background(), request{Dir: dir, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Errors {
		t.Errorf("not analysed: %s", e)
	}
	codes := map[string][]string{} // by directory
	for _, f := range slices.Concat(r.Findings, r.Hints) {
		parts := strings.Split(filepath.ToSlash(report.ParsePos(f.Pos).File), "/")
		at := strings.Join(parts[max(0, len(parts)-3):len(parts)-1], "/")
		if f.Severity != report.SeverityHint || f.Code == "ML609" {
			codes[at] = append(codes[at], f.Code)
		}
	}
	for _, c := range report.Codes() {
		if got := codes[c.ID+"/bad"]; !slices.Contains(got, c.ID) && (c.ID != "ML608" || haveC(t)) {
			t.Errorf("the bad example of %s has %v", c.ID, got)
		}
		if got := codes[c.ID+"/good"]; len(got) > 0 {
			t.Errorf("the good example of %s has %v", c.ID, got)
		}
	}
}
