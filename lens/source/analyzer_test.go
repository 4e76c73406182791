package source

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
	"golang.org/x/tools/go/analysis/unitchecker"
	"golang.org/x/tools/txtar"
)

// asVetTool makes the test's own executable a tool of go vet.
const asVetTool = "MEMLENSE_TEST_VETTOOL"

func TestMain(m *testing.M) {
	if os.Getenv(asVetTool) != "" {
		unitchecker.Main(Analyzer)
	}
	os.Exit(m.Run())
}

var analysed = []string{"basic", "imports", "loops"}

// extract writes the packages of testdata into a GOPATH.
func extract(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archive in testdata: %v", err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			path := filepath.Join(dir, "src", file.Name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, file.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, extract(t), Analyzer, analysed...)
}

// TestVetParity runs the same packages under go vet, which analyses each in a
// process of its own and passes facts through files. The diagnostics must be the
// same, and they must be those of the expectations in the files.
func TestVetParity(t *testing.T) {
	if testing.Short() {
		t.Skip("go vet analyses the standard library first")
	}
	dir := extract(t)
	var want []string
	for _, r := range analysistest.Run(quiet{}, dir, Analyzer, analysed...) {
		for _, d := range r.Diagnostics {
			want = append(want, filepath.Base(r.Pass.Fset.Position(d.Pos).String())+": "+d.Message)
		}
	}
	slices.Sort(want)

	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	vet := exec.Command("go", append([]string{"vet", "-json", "-vettool=" + executable}, analysed...)...)
	vet.Env = append(os.Environ(), asVetTool+"=1", "GO111MODULE=off", "GOPATH="+dir, "GOFLAGS=")
	vet.Dir = dir
	output, err := vet.CombinedOutput()
	if err != nil {
		t.Fatalf("go vet: %v\n%s", err, output)
	}
	got := diagnosticsOf(t, output)
	if !slices.Equal(got, want) {
		t.Errorf("go vet and the test of the analyzer differ:\nvet %q\ntest %q", got, want)
	}
	if len(got) < 30 {
		t.Errorf("%d diagnostics, too few to compare", len(got))
	}
}

// diagnosticsOf reads what go vet -json writes: for each package a comment and an
// object.
func diagnosticsOf(t *testing.T, output []byte) (list []string) {
	t.Helper()
	for _, line := range jsonObjects(output) {
		var tree map[string]map[string][]struct{ Posn, Message string }
		if err := json.Unmarshal(line, &tree); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		for _, analyzers := range tree {
			for _, d := range analyzers["memlense"] {
				list = append(list, filepath.Base(d.Posn)+": "+d.Message)
			}
		}
	}
	slices.Sort(list)
	return list
}

// jsonObjects cuts the text into its objects, which begin and end in column 1.
func jsonObjects(text []byte) (objects [][]byte) {
	start, depth, quoted := 0, 0, false
	for i, c := range text {
		switch {
		case c == '"' && text[i-1] != '\\':
			quoted = !quoted
		case quoted:
		case c == '{':
			if depth == 0 {
				start = i
			}
			depth++
		case c == '}':
			depth--
			if depth == 0 {
				objects = append(objects, text[start:i+1])
			}
		}
	}
	return objects
}

// quiet takes the expectations' failures, which TestAnalyzer reports.
type quiet struct{}

func (quiet) Errorf(string, ...any) {}
