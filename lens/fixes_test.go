package lens_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/lens"
	"github.com/memkit-go/memkit/lens/internal/corpus"
	"github.com/memkit-go/memkit/lens/report"
)

// TestFixes makes every fix that is offered for the corpus, one for each file, and
// checks again: at least 95% compile and clear their finding.
func TestFixes(t *testing.T) {
	testenv.SkipInRaceRun(t)
	withFixes := func(c corpus.Case) bool { return c.Code == "ML617" || c.Code == "ML618" || soak && c.Code == "ML612" }
	cases := slices.DeleteFunc(casesOf(t, 1), func(c corpus.Case) bool { return !withFixes(c) })
	dir := t.TempDir()
	if err := corpus.Write(dir, cases); err != nil {
		t.Fatal(err)
	}
	config := lens.Config{Dir: dir, Patterns: []string{"./..."}, SourceOnly: true}
	before, err := lens.Check(context.Background(), config)
	if err != nil || len(before.Errors) > 0 {
		t.Fatal(err, before.Errors)
	}
	fixed := map[string]report.Finding{} // by file
	for _, f := range before.Findings {
		if f.Fix == nil {
			continue
		}
		file := f.Fix.Edits[0].File
		if _, done := fixed[file]; done {
			continue
		}
		fixed[file] = f
		name := file
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if text, err = f.Fix.Apply(file, text); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	after, err := lens.Check(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Errors) > 0 {
		t.Fatalf("fixes do not compile: %v", after.Errors)
	}
	failed := 0
	for file, f := range fixed {
		if slices.ContainsFunc(after.Findings, func(g report.Finding) bool {
			return report.ParsePos(g.Pos).File == report.ParsePos(f.Pos).File && g.Code == f.Code && g.Message == f.Message
		}) {
			failed++
			t.Logf("%s: still %s after: %s", file, f, f.Fix.Message)
		}
	}
	t.Logf("%d of %d fixes clear their finding", len(fixed)-failed, len(fixed))
	if len(fixed) < 20 || 20*failed > len(fixed) {
		t.Errorf("%d of %d fixes fail, want at most 5%% of at least 20", failed, len(fixed))
	}
}

// casesOf is the corpus, without the cases that this machine cannot build.
func casesOf(t *testing.T, perForm int) []corpus.Case {
	t.Helper()
	forms, err := corpus.Forms()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(corpus.Cases(forms, perForm), func(c corpus.Case) bool {
		return c.Code == "ML608" && !haveC() || c.Asm != "" && !haveAMD64()
	})
}
