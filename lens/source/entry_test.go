package source

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/memkit-go/memkit/lens/report"
)

// TestEntries finds the functions that a library calls on a real-time thread, however a
// program passes them: each package of testdata/entries.txtar has one that allocates,
// but for those whose names begin with "clean". Nothing there carries a directive.
func TestEntries(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "entries.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var want []string
	for _, f := range archive.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		if pkg, ok := strings.CutPrefix(f.Name, "entry/"); ok && filepath.Ext(pkg) == ".go" && !strings.HasPrefix(pkg, "clean") {
			want = append(want, filepath.Dir(pkg))
		}
	}
	p, err := Load(context.Background(), Config{Dir: filepath.Join(dir, "entry"), Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Check()
	if err != nil {
		t.Fatal(err, p.Errors)
	}
	var got []string
	for _, f := range r.Findings {
		if f.Code != "ML601" {
			t.Errorf("%v, want allocations alone", f)
		}
		if pkg := filepath.Dir(report.ParsePos(f.Pos).File); !slices.Contains(got, pkg) {
			got = append(got, pkg)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found entries in\n%v\nwant\n%v", got, want)
	}
}
