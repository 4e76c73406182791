package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/memkit-go/memkit/lens/report"
)

// fake is an app whose analysis answers with a prepared report.
type fake struct {
	app
	out, err bytes.Buffer
	// calls counts analyses; last is the request of the latest.
	calls int
	last  request
}

func newFake(answer func() (*report.Report, error)) *fake {
	f := &fake{}
	f.app = app{
		check: func(_ context.Context, r request) (*report.Report, error) {
			f.calls++
			f.last = r
			return answer()
		},
		stdout: &f.out, stderr: &f.err, getenv: func(string) string { return "" },
	}
	return f
}

func answering(r report.Report) *fake {
	return newFake(func() (*report.Report, error) { return r.Clone(), nil })
}

func (f *fake) run(args ...string) int {
	f.out.Reset()
	f.err.Reset()
	return f.main(context.Background(), args)
}

var lockFinding = report.Finding{Code: "ML603", Severity: report.SeverityError, Pos: "a.go:3:4", Func: "p.F", Message: "sync.Mutex.Lock takes a lock"}

// module changes to a directory with a module of one package.
func module(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	put(t, "go.mod", "module example.org/p\n\ngo 1.26\n")
	put(t, "a.go", "package p\n\n// rt:nonblocking\nfunc F() {}\n")
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestExitCodes(t *testing.T) {
	broken := report.Error{Message: "does not compile"}
	for _, tt := range []struct {
		name string
		r    report.Report
		want int
	}{
		{"clean", report.Report{}, 0},
		{"hints and allowed", report.Report{Hints: []report.Finding{lockFinding}, Allowed: []report.Finding{lockFinding}}, 0},
		{"findings", report.Report{Findings: []report.Finding{lockFinding}}, 2},
		{"errors", report.Report{Errors: []report.Error{broken}}, 1},
		{"errors and findings", report.Report{Findings: []report.Finding{lockFinding}, Errors: []report.Error{broken}}, 1},
	} {
		for _, format := range []string{"", "--json", "--sarif", "--github", "--verbose"} {
			args := []string{"check", "--no-cache", "./..."}
			if format != "" {
				args = append(args, format)
			}
			if got := answering(tt.r).run(args...); got != tt.want {
				t.Errorf("%s %s: exit %d, want %d", tt.name, format, got, tt.want)
			}
		}
	}
}

func TestFailedAnalysisIsNeverClean(t *testing.T) {
	f := newFake(func() (*report.Report, error) { return nil, errors.New("lens: no go command") })
	if code := f.run("check", "--no-cache", "--json", "./..."); code != 1 {
		t.Errorf("exit %d", code)
	}
	var r report.Report
	if err := json.Unmarshal(f.out.Bytes(), &r); err != nil || len(r.Errors) != 1 || r.Errors[0].Message != "lens: no go command" {
		t.Errorf("%s, %v", f.out.String(), err)
	}
	if f.run("check", "--no-cache", "./..."); !strings.Contains(f.out.String(), "not analysed: lens: no go command") {
		t.Errorf("%s", f.out.String())
	}
}

func TestPanicIsAnError(t *testing.T) {
	f := newFake(func() (*report.Report, error) { panic("index out of range") })
	if code := f.run("check", "--no-cache", "./..."); code != 1 || !strings.Contains(f.out.String(), "index out of range") {
		t.Errorf("exit %d: %s", code, f.out.String())
	}
}

func TestFormats(t *testing.T) {
	f := answering(report.Report{Findings: []report.Finding{lockFinding}, Allowed: []report.Finding{{Code: "ML601", Pos: "b.go:1:1", Reason: "once"}}})
	f.run("check", "--no-cache", "--json")
	if want := `{"findings":[{"code":"ML603","severity":"error","pos":"a.go:3:4","func":"p.F","message":"sync.Mutex.Lock takes a lock","chain":[],"evidence":[],"fix":null}],"hints":[],"allowed":[{`; !strings.HasPrefix(f.out.String(), want) {
		t.Errorf("JSON: %s", f.out.String())
	}
	f.run("check", "--no-cache", "--sarif")
	doc, err := sarif.FromBytes(f.out.Bytes())
	if err != nil || doc.Validate() != nil || len(doc.Runs[0].Results) != 2 {
		t.Errorf("SARIF: %v", err)
	}
	f.run("check", "--no-cache", "--github")
	if want := "::error file=a.go,line=3,col=4,title=ML603 in p.F::sync.Mutex.Lock takes a lock\n"; f.out.String() != want {
		t.Errorf("GitHub: %s", f.out.String())
	}
	f.run("check", "--no-cache")
	if strings.Contains(f.out.String(), "once") {
		t.Error("allowed findings are listed without --verbose")
	}
	f.run("check", "--no-cache", "-v")
	if !strings.Contains(f.out.String(), "reason: once") {
		t.Error("allowed findings are not listed with --verbose")
	}
}

func TestRequest(t *testing.T) {
	f := answering(report.Report{})
	f.run("check", "--no-cache", "--tags", "portaudio,x", "--panic-paths", "--source-only", "./a", "./b")
	if f.last.Tags != "portaudio,x" || !f.last.PanicPaths || !f.last.SourceOnly || !slices.Equal(f.last.Patterns, []string{"./a", "./b"}) || !filepath.IsAbs(f.last.Dir) {
		t.Errorf("%+v", f.last)
	}
	f.run("check", "--no-cache")
	if !slices.Equal(f.last.Patterns, []string{"./..."}) {
		t.Errorf("%+v", f.last)
	}
}

func TestMistakes(t *testing.T) {
	module(t)
	put(t, "broken.json", "{")
	for _, args := range [][]string{
		{"chek"}, {"check", "--jason"}, {"check", "--json", "--sarif"}, {"check", "--cache", "x", "--no-cache"},
		{"check", "--write-baseline"}, {"check", "--baseline", "none.json"}, {"check", "--baseline", "broken.json"},
		{"explain", "ML999"}, {"explain", "ML601", "ML6"},
	} {
		f := answering(report.Report{})
		if code := f.run(args...); code != 1 || !strings.HasPrefix(f.err.String(), "memlense: ") || f.out.Len() > 0 {
			t.Errorf("%v: exit %d, %q, %q", args, code, f.err.String(), f.out.String())
		}
		if f.calls > 0 {
			t.Errorf("%v: analysed all the same", args)
		}
	}
}

func TestBaseline(t *testing.T) {
	module(t)
	r := report.Report{Findings: []report.Finding{lockFinding}}
	if code := answering(r).run("check", "--no-cache", "--baseline", "b.json", "--write-baseline"); code != 0 {
		t.Fatalf("writing: exit %d", code)
	}
	r.Findings[0].Pos = "a.go:99:4"
	f := answering(r)
	if code := f.run("check", "--no-cache", "--baseline", "b.json", "--json"); code != 0 || !strings.Contains(f.out.String(), `"reason":"baseline b.json"`) {
		t.Errorf("a known finding: exit %d, %s", code, f.out.String())
	}
	r.Findings = append(r.Findings, report.Finding{Code: "ML601", Func: "p.G"})
	if code := answering(r).run("check", "--no-cache", "--baseline", "b.json"); code != 2 {
		t.Errorf("a new finding: exit %d", code)
	}
	f = answering(report.Report{})
	if code := f.run("check", "--no-cache", "--baseline", "b.json"); code != 0 || !strings.Contains(f.err.String(), "is gone: ML603 in p.F") {
		t.Errorf("a repaired finding: exit %d, %s", code, f.err.String())
	}
	before, _ := os.ReadFile("b.json")
	if code := answering(report.Report{Errors: []report.Error{{Message: "x"}}}).run("check", "--no-cache", "--baseline", "b.json", "--write-baseline"); code != 1 {
		t.Errorf("a baseline of a report with errors: exit %d", code)
	}
	if after, _ := os.ReadFile("b.json"); !bytes.Equal(before, after) {
		t.Error("a baseline of a report with errors was written")
	}
}

func TestCache(t *testing.T) {
	module(t)
	f := answering(report.Report{Findings: []report.Finding{lockFinding}})
	for i, want := range []int{1, 1} {
		if code := f.run("check", "--cache", "kept", "--json"); code != 2 || f.calls != want {
			t.Errorf("run %d: exit %d, %d analyses", i, code, f.calls)
		}
	}
	put(t, "a.go", "package p\n\nfunc G() {}\n")
	if f.run("check", "--cache", "kept"); f.calls != 2 {
		t.Error("a changed file is answered from the cache")
	}
	if f.run("check", "--cache", "kept", "--panic-paths"); f.calls != 3 {
		t.Error("another option is answered from the cache")
	}
	if f.run("check", "--cache", "kept", "--tags", "x"); f.calls != 4 {
		t.Error("other tags are answered from the cache")
	}
	if f.run("check", "--no-cache"); f.calls != 5 {
		t.Error("--no-cache is answered from the cache")
	}
	for i := range 2 {
		if f.run("check", "--cache", "kept", "--timings"); f.calls != 6+i || f.last.Timings == nil || !strings.Contains(f.err.String(), "lines of source") {
			t.Errorf("--timings: %d analyses, %q", f.calls, &f.err)
		}
	}
	put(t, "a.go", "package p\n\nimport _ \"example.org/none\"\n")
	for range 2 {
		f.run("check", "--cache", "kept")
	}
	if f.calls != 9 {
		t.Error("packages that cannot be listed are answered from the cache")
	}
}

func TestErrorsAreNotCached(t *testing.T) {
	module(t)
	f := answering(report.Report{Errors: []report.Error{{Message: "x"}}})
	for range 2 {
		if code := f.run("check", "--cache", "kept"); code != 1 {
			t.Errorf("exit %d", code)
		}
	}
	if f.calls != 2 {
		t.Error("an error is answered from the cache")
	}
}

func TestFileThatChangesMeanwhileIsNotCached(t *testing.T) {
	module(t)
	first := true
	f := newFake(func() (*report.Report, error) {
		if first {
			put(t, "a.go", "package p\n\nfunc H() {}\n")
			first = false
		}
		return &report.Report{}, nil
	})
	f.run("check", "--cache", "kept")
	put(t, "a.go", "package p\n\n// rt:nonblocking\nfunc F() {}\n")
	if f.run("check", "--cache", "kept"); f.calls != 2 {
		t.Error("a report of other files than the key's was kept")
	}
}

func TestFix(t *testing.T) {
	module(t)
	finding := lockFinding
	fix := func(start, end int, text string) *report.Fix {
		return &report.Fix{Message: "m", Edits: []report.Edit{{File: "a.go", Start: start, End: end, New: text}}}
	}
	second, third := finding, finding
	finding.Fix = fix(11, 14, "//")
	second.Fix = fix(12, 13, "?") // overlaps the first
	third.Fix = fix(9, 10, "")
	f := answering(report.Report{Findings: []report.Finding{finding, second, third}})
	if code := f.run("check", "--no-cache", "--fix"); code != 2 || !strings.Contains(f.err.String(), "2 fixes made in 1 files") {
		t.Errorf("exit %d, %s", code, f.err.String())
	}
	if text, _ := os.ReadFile("a.go"); string(text) != "package p\n//rt:nonblocking\nfunc F() {}\n" {
		t.Errorf("%q", text)
	}
}

func TestExplain(t *testing.T) {
	f := answering(report.Report{})
	if code := f.run("explain"); code != 0 || strings.Count(f.out.String(), "\n") != len(report.Codes()) {
		t.Errorf("exit %d, %s", code, f.out.String())
	}
	for _, c := range report.Codes() {
		if code := f.run("explain", strings.ToLower(c.ID)); code != 0 {
			t.Errorf("%s: exit %d", c.ID, code)
		}
		for _, want := range []string{c.ID, c.Title, c.What, c.Why, indented(c.Bad), indented(c.Good)} {
			if !strings.Contains(f.out.String(), want) {
				t.Errorf("%s: no %q", c.ID, want)
			}
		}
	}
}

func TestHelp(t *testing.T) {
	f := answering(report.Report{})
	for _, args := range [][]string{{"help"}, {"--help"}, {"help", "check"}, {"check", "--help"}, {"help", "explain"}, {"version"}} {
		if code := f.run(args...); code != 0 || f.out.Len() == 0 {
			t.Errorf("%v: exit %d", args, code)
		}
	}
}

func TestVetting(t *testing.T) {
	for line, want := range map[string]bool{"-V=full": true, "-flags": true, "/tmp/vet.cfg": true, "-json /tmp/vet.cfg": true, "": false, "check ./...": false, "check --json": false} {
		if got := vetting(strings.Fields(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// TestStopped ends an analysis that does not look at its context.
func TestStopped(t *testing.T) {
	outside := t.TempDir()
	t.Setenv("TMPDIR", outside)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		release := make(chan struct{})
		f := newFake(func() (*report.Report, error) {
			put(t, filepath.Join(os.Getenv("TMPDIR"), "left"), "by a child")
			cancel()
			<-release
			return &report.Report{}, nil
		})
		code := f.runUntil(ctx, []string{"check", "--no-cache"})
		if code != 1 || !strings.Contains(f.err.String(), "stopped") || f.out.Len() > 0 {
			t.Errorf("exit %d, %q", code, f.err.String())
		}
		close(release)
		synctest.Wait()
	})
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if os.Getenv("TMPDIR") != outside {
		t.Error("the environment was not put back")
	}
}
