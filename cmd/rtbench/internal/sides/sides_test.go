package sides

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
)

func TestMain(m *testing.M) {
	supervise.Main()
	os.Exit(m.Run())
}

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"":                       nil,
		"  ":                     nil,
		"a":                      {"a"},
		"a  b\tc":                {"a", "b", "c"},
		`a 'b c' "d e"`:          {"a", "b c", "d e"},
		`a ''`:                   {"a", ""},
		`a --x="b 'c' d"e`:       {"a", "--x=b 'c' de"},
		`a b\ c`:                 {"a", `b\`, "c"},
		"./loop -rate 1000 'x y": nil,
	} {
		got, err := Split(text)
		if (err != nil) != strings.HasSuffix(text, "'x y") || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// inRepository works in a repository of a module with a program and a benchmark.
func inRepository(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed; a machine that has cloned memkit has it, CI's too")
	}
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	for name, text := range map[string]string{
		"go.mod":      "module example.org/x\n\ngo 1.26\n",
		"loop/l.go":   "package main\n\nfunc main() { println(1) }\n",
		"x_test.go":   "package x\n\nimport \"testing\"\n\nfunc BenchmarkX(b *testing.B) {\n\tfor b.Loop() {\n\t}\n}\n",
		"samples.txt": "1us\n",
		"run.sh":      "#!/bin/sh\necho 1us\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod("run.sh", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "."}, {"commit", "-q", "-m", "one"}, {"tag", "one"}} {
		cmd := exec.Command("git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.org"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

func nothingLeft(t *testing.T) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "rtbench-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if out, err := exec.Command("git", "worktree", "list").Output(); err != nil || strings.Count(string(out), "\n") != 1 {
		t.Errorf("git still knows\n%s", out)
	}
}

func TestKinds(t *testing.T) {
	inRepository(t)
	for text, want := range map[string]Kind{
		"samples.txt": Recorded,
		"run.sh":      Program,
		"./run.sh":    Program,
		"git status":  Program,
		"git":         Program,
		"one":         Commit,
		"HEAD":        Commit,
	} {
		if got, err := kindOf(t.Context(), text); got != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"loop":         "is a directory",
		"missing-file": "is no file, no program and no commit",
		"missing x":    `command "missing x": exec: "missing"`,
		"'x":           "a quote is not closed",
		" ":            "a side is empty",
	} {
		if _, err := kindOf(t.Context(), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	inRepository(t)
	x := bench.Selection{Names: []string{"x"}}
	for want, r := range map[string]Request{
		"samples.txt was measured before and one is still to be": {Texts: [2]string{"one", "samples.txt"}, Build: "."},
		"are three ways to measure":                              {Texts: [2]string{"one", "one"}, Build: ".", GoBench: "."},
		"files are compared as they are":                         {Texts: [2]string{"samples.txt", "samples.txt"}, Args: []string{"x"}},
		"neither side is one":                                    {Texts: [2]string{"./run.sh", "./run.sh"}, Build: "."},
		"one is a commit: say how to measure it":                 {Texts: [2]string{"./run.sh", "one"}},
		"arguments after --":                                     {Texts: [2]string{"one", "one"}, GoBench: ".", Args: []string{"x"}},
		"building ./missing at":                                  {Texts: [2]string{"one", "one"}, Build: "./missing"},
		`no benchmark of . matches "Y"`:                          {Texts: [2]string{"one", "one"}, GoBench: "Y"},
		"give its path without arguments":                        {Texts: [2]string{"git log", "git log"}, GoBench: "."},
		"the benchmarks of an rtbench; give its path":            {Texts: [2]string{"git log", "git log"}, Selection: x},
		"run.sh list --json: its output is not":                  {Texts: [2]string{"./run.sh", "run.sh"}, Selection: x},
	} {
		if s, err := Resolve(t.Context(), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, %v, want %q", r.Texts, s, err, want)
		}
		nothingLeft(t)
	}
}

func TestBenchmarksOfOneSide(t *testing.T) {
	list := func(names ...string) (l []bench.Benchmark) {
		for _, n := range names {
			l = append(l, bench.Benchmark{Name: n})
		}
		return l
	}
	for want, lists := range map[string][2][]bench.Benchmark{
		"":              {list("x", "y"), list("y", "x")},
		"only A has y;": {list("x", "y"), list("x")},
		"only B has z;": {list("x"), list("x", "z")},
	} {
		err := same(lists)
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestGoBench: benchmarks of two commits are built, run, and everything is removed.
func TestGoBench(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: builds test programs")
	}
	inRepository(t)
	removing := false
	s, err := Resolve(t.Context(), Request{Texts: [2]string{"one", "HEAD"}, GoBench: "X", Removing: func() { removing = true }})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Jobs) != 1 || s.Jobs[0].Name != "example.org/x" || !s.Timed || !strings.HasPrefix(s.Titles[0], "one (") {
		t.Errorf("%+v", s)
	}
	for _, side := range []campaign.Launcher{s.A, s.B} {
		series, err := side.Launch(t.Context(), campaign.Job{Bench: s.Jobs[0], Params: bench.Params{Duration: 1e6}})
		if err != nil || len(series) != 1 || !strings.HasPrefix(series[0].Name, "X") || len(series[0].Samples) != 1 {
			t.Errorf("%+v, %v", series, err)
		}
	}
	if err := s.Close(); err != nil || !removing {
		t.Errorf("%v, told: %v", err, removing)
	}
	nothingLeft(t)
}

func TestPrograms(t *testing.T) {
	inRepository(t)
	s, err := Resolve(t.Context(), Request{Texts: [2]string{"run.sh", "sh -c 'echo 2us'"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for side, want := range map[campaign.Launcher]int64{s.A: 1000, s.B: 2000} {
		series, err := side.Launch(t.Context(), campaign.Job{Bench: s.Jobs[0]})
		if err != nil || series[0].Samples[0] != want {
			t.Errorf("%+v, %v, want %d", series, err, want)
		}
	}
	files, err := Resolve(t.Context(), Request{Texts: [2]string{"samples.txt", "samples.txt"}})
	if err != nil || !files.Recorded {
		t.Errorf("%+v, %v", files, err)
	}
}
