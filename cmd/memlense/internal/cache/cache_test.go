package cache

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/lens/report"
)

// module writes a module with one package and one dependency in it.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":      "module example.org/m\n\ngo 1.26\n",
		"m.go":        "package m\n\nimport \"example.org/m/dep\"\n\nfunc F() int { return dep.G() }\n",
		"m_test.go":   "package m\n",
		"m_plan9.go":  "package m\n",
		"dep/dep.go":  "package dep\n\nimport _ \"embed\"\n\n//go:embed text\nvar text string\n\nfunc G() int { return len(text) }\n",
		"dep/text":    "abc",
		"other/o.go":  "package other\n",
		"README.text": "not part of it",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func key(t *testing.T, r Request) Key {
	t.Helper()
	k, err := NewKey(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyChangesWithEachInput(t *testing.T) {
	dir := module(t)
	base := Request{Dir: dir, Patterns: []string{"."}, Env: append(os.Environ(), "GOFLAGS=")}
	first := key(t, base)
	if again := key(t, base); again != first {
		t.Fatal("the key of an unchanged program changes")
	}
	for _, name := range []string{"README.text", "other/o.go"} {
		write(t, filepath.Join(dir, name), "package other // changed\n")
		if key(t, base) != first {
			t.Errorf("%s is no part of the program and changes the key", name)
		}
	}
	for name, text := range map[string]string{
		"m.go":        "package m\n\nimport \"example.org/m/dep\"\n\nfunc F() int { return 2*dep.G() }\n",
		"dep/dep.go":  "package dep\n\nimport _ \"embed\"\n\n//go:embed text\nvar text string\n\nfunc G() int { return 2*len(text) }\n",
		"dep/text":    "abcd",
		"go.mod":      "module example.org/m\n\ngo 1.25\n",
		"default.pgo": "profile",
		"new.go":      "package m\n\nvar X int\n",
		"m_plan9.go":  "package m\n\nvar X int\n",
	} {
		before := key(t, base)
		write(t, filepath.Join(dir, name), text)
		if key(t, base) == before {
			t.Errorf("a change of %s does not change the key", name)
		}
	}
	first = key(t, base)
	for what, r := range map[string]Request{
		"another architecture": {Dir: dir, Patterns: base.Patterns, Env: append(base.Env, "GOARCH=arm64")},
		"flags":                {Dir: dir, Patterns: base.Patterns, Env: append(base.Env, "GOFLAGS=-tags=x")},
		"tags":                 {Dir: dir, Patterns: base.Patterns, Env: base.Env, Flags: []string{"-tags=x"}},
		"patterns":             {Dir: dir, Patterns: []string{"./dep"}, Env: base.Env},
		"options":              {Dir: dir, Patterns: base.Patterns, Env: base.Env, Options: "panic"},
	} {
		if key(t, r) == first {
			t.Errorf("%s: the same key", what)
		}
	}
}

func TestKeyOfBrokenPackages(t *testing.T) {
	dir := module(t)
	write(t, filepath.Join(dir, "m.go"), "package m\n\nimport \"example.org/none\"\n")
	for _, pattern := range []string{".", "./nothing", "example.org/none"} {
		if k, err := NewKey(context.Background(), Request{Dir: dir, Patterns: []string{pattern}}); err == nil {
			t.Errorf("%s: key %s and no error", pattern, k)
		}
	}
}

func TestKeyStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewKey(ctx, Request{Dir: module(t), Patterns: []string{"."}}); err == nil {
		t.Error("no error")
	}
}

func TestPartsDoNotRunTogether(t *testing.T) {
	dir := module(t)
	env := append(os.Environ(), "GOFLAGS=")
	a := key(t, Request{Dir: dir, Patterns: []string{"."}, Flags: []string{"-tags=a b"}, Env: env})
	b := key(t, Request{Dir: dir, Patterns: []string{"."}, Flags: []string{"-tags=a"}, Options: "b", Env: env})
	if a == b {
		t.Error("different requests share a key")
	}
}

func TestGetAndPut(t *testing.T) {
	d := Dir{Path: filepath.Join(t.TempDir(), "made")}
	if _, ok := d.Get("k"); ok {
		t.Error("a report from nowhere")
	}
	want := &report.Report{Findings: []report.Finding{{Code: "ML601", Pos: "a.go:1:2"}}}
	if err := d.Put("k", want); err != nil {
		t.Fatal(err)
	}
	got, ok := d.Get("k")
	if !ok || len(got.Findings) != 1 || got.Findings[0].Pos != "a.go:1:2" {
		t.Fatalf("got %+v, %v", got, ok)
	}
	if _, ok := d.Get("other"); ok {
		t.Error("a report under another key")
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	d := Dir{Path: t.TempDir()}
	if err := d.Put("k", &report.Report{Errors: []report.Error{{Message: "x"}}}); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Get("k"); ok {
		t.Error("a report with an error was kept")
	}
}

func TestDamagedFilesAreNotRead(t *testing.T) {
	d := Dir{Path: t.TempDir()}
	if err := d.Put("k", &report.Report{Findings: []report.Finding{{Code: "ML601"}}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(d.file("k"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		bad := slices.Clone(text)
		bad[i] ^= 1
		write(t, d.file("k"), string(bad))
		if _, ok := d.Get("k"); ok {
			t.Fatalf("byte %d differs, and the report is read", i)
		}
		write(t, d.file("k"), string(text[:i]))
		if _, ok := d.Get("k"); ok {
			t.Fatalf("cut at %d, and the report is read", i)
		}
	}
}

func TestTrim(t *testing.T) {
	d := Dir{Path: t.TempDir(), Entries: 3}
	start := time.Now().Add(-24 * time.Hour)
	for i, k := range []Key{"a", "b", "c"} {
		if err := d.Put(k, &report.Report{}); err != nil {
			t.Fatal(err)
		}
		at := start.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(d.file(k), at, at); err != nil {
			t.Fatal(err)
		}
	}
	abandoned := filepath.Join(d.Path, ".new-1")
	write(t, abandoned, "")
	if err := os.Chtimes(abandoned, start, start); err != nil {
		t.Fatal(err)
	}
	d.Get("a") // used again
	if err := d.Put("d", &report.Report{}); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, _ := os.ReadDir(d.Path)
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), suffix))
	}
	if !slices.Equal(names, []string{"a", "c", "d"}) {
		t.Errorf("kept %v", names)
	}
}
