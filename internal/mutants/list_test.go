package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const sample = `# how the package is tested
run: -short
run: -race -run Stress

mutant: one
run: -run One
packages: rt/a rt/b
equivalent: the loop never runs
file: a.go
-	x := 1
-	y := 2
+	y := 2
+
+	x := 1
- gone

mutant: two
file: a.go
-a
+b
file: b.go
-c
+d
-e
+f
`

func TestParse(t *testing.T) {
	got, err := parseList(sample)
	if err != nil {
		t.Fatal(err)
	}
	want := list{
		runs: [][]string{{"-short"}, {"-race", "-run", "Stress"}},
		mutants: []mutant{
			{line: 5, name: "one", runs: [][]string{{"-run", "One"}}, packages: []string{"rt/a", "rt/b"}, equivalent: "the loop never runs",
				changes: []change{{"a.go", "\tx := 1\n\ty := 2", "\ty := 2\n\n\tx := 1"}, {"a.go", " gone", ""}}},
			{line: 17, name: "two",
				changes: []change{{"a.go", "a", "b"}, {"b.go", "c", "d"}, {"b.go", "e", "f"}}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if l, err := parseList("mutant: m\nfile: a.go\n-a"); err != nil || !reflect.DeepEqual(l.runs, defaultRuns) {
		t.Errorf("a list without runs: %v, %v", l.runs, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "no mutants",
		"file: a.go":                         "in front of the first mutant",
		"mutant:":                            "want key: value",
		"nonsense":                           "want key: value",
		"mutant: m\ncolour: red":             `key "colour"`,
		"mutant: m\n-a":                      "old text without a file",
		"mutant: m\nfile: a.go\n+a":          "new text without old text",
		"mutant: m":                          "changes nothing",
		"mutant: m\nfile: a.go":              "changes nothing",
		"mutant: m\nfile: a.go\n-a\n+a":      "changes nothing",
		"mutant: m\nfile: a\n-a\nmutant: m":  `a second mutant "m"`,
		"mutant: m\nfile: a\n-a\nmutant:n\n": `mutant "n" changes nothing`,
	} {
		if _, err := parseList(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestApply(t *testing.T) {
	read := func(file string) (string, error) {
		text, ok := map[string]string{"a": "x y x", "b": "z"}[file]
		if !ok {
			return "", errors.New("no such file")
		}
		return text, nil
	}
	m := mutant{changes: []change{{"a", "x y", "1"}, {"b", "z", "2"}, {"a", "1", "3"}}}
	files, err := m.apply(read)
	if want := map[string]string{"a": "3 x", "b": "2"}; err != nil || !reflect.DeepEqual(files, want) {
		t.Errorf("%v, %v, want %v", files, err, want)
	}
	for want, c := range map[string]change{
		"2 times":      {"a", "x", "1"},
		"0 times":      {"a", "w", "1"},
		"no such file": {"c", "x", "1"},
	} {
		if _, err := (&mutant{changes: []change{c}}).apply(read); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", c, err, want)
		}
	}
}

func TestCause(t *testing.T) {
	for output, want := range map[string]string{
		"--- FAIL: TestA (0.1s)\n    --- FAIL: TestA/b (0.1s)\n        --- FAIL: TestA/b/c (0s)\n--- FAIL: TestD (0s)\n": "TestA/b/c",
		"panic: runtime error: index out of range\n\ngoroutine 1":                                                        "panic: runtime error: index out of range",
		"exit status 3": "a failure without a test's name",
	} {
		if got := cause(output); got != want {
			t.Errorf("%q: %s, want %s", output, got, want)
		}
	}
}

// TestListsFitTheCode: the old text of every mutant in the module is in the code, once.
func TestListsFitTheCode(t *testing.T) {
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lists := 0
	err = filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(name) != "mutants.txt" || filepath.Base(filepath.Dir(name)) != "testdata" {
			return err
		}
		lists++
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		l, err := parseList(string(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		pkg := filepath.Dir(filepath.Dir(name))
		for _, m := range l.mutants {
			_, err := m.apply(func(file string) (string, error) {
				code, err := os.ReadFile(filepath.Join(pkg, file))
				return string(code), err
			})
			if err != nil {
				t.Errorf("%s:%d: mutant %q: %v", name, m.line, m.name, err)
			}
		}
		return nil
	})
	if err != nil || lists == 0 {
		t.Errorf("%d lists, %v", lists, err)
	}
}
