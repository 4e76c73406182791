package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// module makes a module with a package p that adds, and the working directory
// and temporary directory of the test.
func module(t *testing.T, mutants string) (temp string) {
	t.Helper()
	root, temp := t.TempDir(), t.TempDir()
	files := map[string]string{
		"go.mod":     "module example.org/m\n\ngo 1.26\n",
		"p/p.go":     "package p\n\nfunc add(a, b int) int { return a + b }\n\nfunc neg(a int) int { return -a }\n",
		"p/neg.go":   "package p\n\nfunc twice(a int) int { return 2 * a }\n",
		"q/empty.go": "package q\n",
		"p/p_test.go": `package p
import "testing"
func TestAdd(t *testing.T) {
	t.Run("small", func(t *testing.T) { if add(1, 2) != 3 { t.Error("wrong") } })
}`,
		"p/testdata/mutants.txt": mutants,
	}
	for name := range maps.Keys(files) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
	t.Setenv("TMPDIR", temp)
	t.Setenv("GOFLAGS", "")
	return temp
}

const (
	dies     = "mutant: dies\nfile: p.go\n-a + b\n+a - b\n"
	survives = "mutant: survives\nfile: p.go\n-return -a\n+return a\n"
	same     = "mutant: same\nequivalent: addition commutes\nfile: p.go\n-a + b\n+b + a\n"
)

func TestRun(t *testing.T) {
	testenv.SkipInRaceRun(t)
	for _, c := range []struct {
		name, mutants string
		args          []string
		status        int
		want          string // in either output
	}{
		{"killed", dies + same, []string{"p"}, reached,
			"killed      dies (TestAdd/small)\nequivalent  same (addition commutes)\np: 1 of 1 mutants killed (100.0%), and 1 equivalent; the bar is 95%\n"},
		{"survived", dies + survives, []string{"p"}, missed, "SURVIVED    survives\np: 1 of 2 mutants killed (50.0%)"},
		{"lower bar", dies + survives, []string{"-bar", "50", "p"}, reached, "the bar is 50%"},
		{"only", dies + survives, []string{"-only", "die", "./p"}, reached, "1 of 1"},
		{"two at a time", dies + survives + same, []string{"-jobs", "2", "p"}, missed,
			"killed      dies (TestAdd/small)\nSURVIVED    survives\nequivalent  same"},
		{"none at a time", dies, []string{"-jobs", "0", "p"}, failure, "jobs 0: want 1 or more"},
		{"two packages", dies + survives, []string{"p", "p"}, missed, "1 of 2 mutants killed (50.0%); the bar is 95%\nkilled      dies"},
		{"none", dies, []string{"-only", "x", "p"}, missed, "0 of 0"},
		{"not equivalent", strings.Replace(dies, "file", "equivalent: I think\nfile", 1), []string{"p"}, failure, "no equivalent: TestAdd/small fails"},
		{"does not build", "mutant: m\nfile: p.go\n-a + b\n+a + c\n", []string{"p"}, failure, "does not build"},
		{"stale", "mutant: m\nfile: p.go\n-a * b\n", []string{"p"}, failure, `mutants.txt:1: mutant "m": p.go has the old text 0 times`},
		{"no test", "run: -run Nothing\n" + dies, []string{"p"}, failure, "runs no test"},
		{"run of its own", strings.Replace(dies, "file", "run: -run Nothing\nfile", 1), []string{"p"}, failure, "runs no test"},
		{"no package", dies, nil, failure, "want packages"},
		{"no list", dies, []string{"q"}, failure, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			temp := module(t, c.mutants)
			var out bytes.Buffer
			if status := run(c.args, &out, &out); status != c.status || !strings.Contains(out.String(), c.want) {
				t.Errorf("status %d, want %d with %q\n%s", status, c.status, c.want, &out)
			}
			left, err := os.ReadDir(temp)
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestParts: each mutant is in one part.
func TestParts(t *testing.T) {
	for i := range 7 {
		n := 0
		for part := 1; part <= 3; part++ {
			if (selection{part: part, parts: 3}).of(i, mutant{}) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("mutant %d is in %d parts", i, n)
		}
	}
	if (selection{only: "b", part: 1, parts: 1}).of(0, mutant{name: "a"}) {
		t.Error("a mutant without the text is selected")
	}
}
