package sides

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/checkout"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
)

// Request is what the user asks to compare.
type Request struct {
	// Texts of the sides, A first.
	Texts [2]string
	// Build is the package that is built at commits.
	Build string
	// GoBench selects benchmarks of go test; Packages are where they are.
	GoBench  string
	Packages []string
	// Selection of rtbench's own benchmarks, which both sides measure as an rtbench.
	Selection bench.Selection
	// Args of both programs.
	Args []string
	// Name of what the programs measure.
	Name string
	// Lines are how the programs' output is read, FirstLine how long the first may
	// take, and Rest where other lines go.
	Lines     importer.Options
	FirstLine time.Duration
	Rest      io.Writer
	// Measure is the command with which an rtbench measures one benchmark.
	Measure string
	// Removing, when set, is called before temporary worktrees are removed.
	Removing func()
}

// Sides are ready to be measured, or recorded. Close removes what they needed.
type Sides struct {
	// Recorded is true for two files that were measured before.
	Recorded bool
	// Titles say what the sides are.
	Titles [2]string
	// Jobs that either side measures.
	Jobs []bench.Benchmark
	// Timed is true where a process measures for as long as it is told.
	Timed bool
	A, B  campaign.Launcher

	trees    []*checkout.Worktree
	dir      string
	removing func()
}

// rtbenchPackage is built at commits of this project to measure its benchmarks.
const rtbenchPackage = "./cmd/rtbench"

// Resolve prepares the sides. What it has made is removed again when it fails.
func Resolve(ctx context.Context, r Request) (_ *Sides, err error) {
	var kinds [2]Kind
	for i, text := range r.Texts {
		if kinds[i], err = kindOf(ctx, text); err != nil {
			return nil, err
		}
	}
	if err := r.check(kinds); err != nil {
		return nil, err
	}
	s := &Sides{Titles: r.Texts, Recorded: kinds[0] == Recorded, removing: r.Removing}
	if s.Recorded {
		return s, nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	var programs [2][]string
	for i, text := range r.Texts {
		if kinds[i] == Program {
			programs[i], err = Split(text)
			if _, statErr := os.Stat(text); statErr == nil {
				programs[i] = []string{path(text)}
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if kinds[0] == Commit || kinds[1] == Commit {
		if s.dir, err = os.MkdirTemp("", "rtbench-compare-"); err != nil {
			return nil, err
		}
	}
	switch {
	case r.GoBench != "":
		return s, s.goBench(ctx, r, kinds, programs)
	case !r.Selection.All():
		return s, s.suite(ctx, r, kinds, programs)
	}
	return s, s.programs(ctx, r, kinds, programs)
}

// path makes a file's name one that is not looked up on the path.
func path(text string) string {
	if strings.ContainsRune(text, filepath.Separator) {
		return text
	}
	return "." + string(filepath.Separator) + text
}

// check refuses what does not go together.
func (r Request) check(kinds [2]Kind) error {
	modes := 0
	for _, given := range []bool{r.GoBench != "", !r.Selection.All(), r.Build != "" && r.Selection.All()} {
		if given {
			modes++
		}
	}
	switch {
	case (kinds[0] == Recorded) != (kinds[1] == Recorded):
		return fmt.Errorf("%s was measured before and %s is still to be: give two files or two programs", r.Texts[index(kinds, Recorded)], r.Texts[1-index(kinds, Recorded)])
	case modes > 1:
		return errors.New("--build, --go-bench and --bench are three ways to measure; give one")
	case kinds[0] == Recorded && (modes > 0 || len(r.Args) > 0):
		return errors.New("files are compared as they are: --build, --go-bench, --bench and arguments are for sides that are still to be measured")
	case kinds[0] != Commit && kinds[1] != Commit && r.Build != "":
		return errors.New("--build builds a package at a commit, and neither side is one")
	case (kinds[0] == Commit || kinds[1] == Commit) && modes == 0:
		return fmt.Errorf("%s is a commit: say how to measure it, with --build PACKAGE, --go-bench REGEXP or --bench NAMES", r.Texts[index(kinds, Commit)])
	case len(r.Args) > 0 && (r.GoBench != "" || !r.Selection.All()):
		return errors.New("arguments after -- are those of a program that prints latencies, not of benchmarks")
	}
	return nil
}

func index(kinds [2]Kind, k Kind) int {
	if kinds[0] == k {
		return 0
	}
	return 1
}

// tree checks side i out.
func (s *Sides) tree(ctx context.Context, r Request, i int) (*checkout.Worktree, error) {
	w, err := checkout.New(ctx, "", r.Texts[i])
	if err != nil {
		return nil, err
	}
	s.trees = append(s.trees, w)
	s.Titles[i] = fmt.Sprintf("%s (%.12s)", r.Texts[i], w.Commit)
	return w, nil
}

// built gives a commit's program in place of the commit.
func (s *Sides) built(ctx context.Context, r Request, kinds [2]Kind, programs *[2][]string, pkg string) error {
	for i := range programs {
		if kinds[i] != Commit {
			continue
		}
		w, err := s.tree(ctx, r, i)
		if err != nil {
			return err
		}
		program := filepath.Join(s.dir, strconv.Itoa(i)+".program")
		if err := w.Build(ctx, pkg, program); err != nil {
			return err
		}
		programs[i] = []string{program}
	}
	return nil
}

// programs measures programs that print latencies.
func (s *Sides) programs(ctx context.Context, r Request, kinds [2]Kind, programs [2][]string) error {
	if err := s.built(ctx, r, kinds, &programs, r.Build); err != nil {
		return err
	}
	side := func(argv []string) campaign.Launcher {
		return &campaign.Command{Argv: append(argv, r.Args...), FirstLine: r.FirstLine, Lines: r.Lines, Rest: r.Rest}
	}
	name := r.Name
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(programs[1][0]), filepath.Ext(programs[1][0]))
		if kinds[1] == Commit {
			name = filepath.Base(r.Build)
		}
	}
	s.Jobs = []bench.Benchmark{{Name: name}}
	s.A, s.B = side(programs[0]), side(programs[1])
	return nil
}

// suite measures rtbench's own benchmarks.
func (s *Sides) suite(ctx context.Context, r Request, kinds [2]Kind, programs [2][]string) error {
	pkg := r.Build
	if pkg == "" {
		pkg = rtbenchPackage
	}
	if err := s.built(ctx, r, kinds, &programs, pkg); err != nil {
		return err
	}
	var lists [2][]bench.Benchmark
	for i, argv := range programs {
		if len(argv) != 1 {
			return fmt.Errorf("%q: --bench measures the benchmarks of an rtbench; give its path without arguments", r.Texts[i])
		}
		known, err := catalogueOf(ctx, argv[0])
		if err != nil {
			return err
		}
		if lists[i], err = r.Selection.From(known); err != nil {
			return fmt.Errorf("%s: %w", s.Titles[i], err)
		}
	}
	if err := same(lists); err != nil {
		return err
	}
	s.Jobs, s.Timed = lists[1], true
	s.A = &campaign.SelfExec{Path: programs[0][0], Args: []string{r.Measure}}
	s.B = &campaign.SelfExec{Path: programs[1][0], Args: []string{r.Measure}}
	return nil
}

// same refuses jobs that only one side has.
func same(lists [2][]bench.Benchmark) error {
	for i, list := range lists {
		other := map[string]bool{}
		for _, b := range lists[1-i] {
			other[b.Name] = true
		}
		for _, b := range list {
			if !other[b.Name] {
				return fmt.Errorf("only %s has %s; a benchmark that was renamed or removed cannot be compared, select those that both have", [2]string{"A", "B"}[i], b.Name)
			}
		}
	}
	return nil
}

// catalogueOf asks an rtbench for its benchmarks.
func catalogueOf(ctx context.Context, program string) ([]bench.Benchmark, error) {
	out, err := exec.CommandContext(ctx, program, "list", "--json").Output()
	if err != nil {
		return nil, fmt.Errorf("%s list --json: %w; --bench measures the benchmarks of an rtbench", program, err)
	}
	var list []struct {
		Name   string
		Suites []string
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("%s list --json: its output is not rtbench's: %w", program, err)
	}
	var known []bench.Benchmark
	for _, b := range list {
		known = append(known, bench.Benchmark{Name: b.Name, Suites: b.Suites})
	}
	return known, nil
}

// goBench measures benchmarks of go test.
func (s *Sides) goBench(ctx context.Context, r Request, kinds [2]Kind, programs [2][]string) error {
	var tests [2][]checkout.Test
	for i, text := range r.Texts {
		if kinds[i] == Program {
			if len(programs[i]) != 1 {
				return fmt.Errorf("%q: --go-bench runs a program of go test -c; give its path without arguments", text)
			}
			tests[i] = []checkout.Test{{Program: programs[i][0], Package: "tests"}}
			continue
		}
		w, err := s.tree(ctx, r, i)
		if err != nil {
			return err
		}
		into := filepath.Join(s.dir, strconv.Itoa(i))
		if err := os.Mkdir(into, 0o700); err != nil {
			return err
		}
		packages := r.Packages
		if len(packages) == 0 {
			packages = []string{"."}
		}
		if tests[i], err = w.Tests(ctx, packages, r.GoBench, into); err != nil {
			return err
		}
		if len(tests[i]) == 0 {
			return fmt.Errorf("%s: no benchmark of %s matches %q; --package names others", s.Titles[i], strings.Join(packages, " "), r.GoBench)
		}
	}
	var lists [2][]bench.Benchmark
	var launchers [2]perJob
	for i := range tests {
		launchers[i] = perJob{}
		for _, t := range tests[i] {
			prefix := ""
			if len(tests[i]) > 1 {
				prefix = t.Package + "."
			}
			lists[i] = append(lists[i], bench.Benchmark{Name: t.Package})
			launchers[i][t.Package] = &campaign.GoBench{Program: t.Program, Dir: t.Dir, Bench: r.GoBench, Prefix: prefix}
		}
	}
	if err := same(lists); err != nil {
		return err
	}
	s.Jobs, s.Timed = lists[1], true
	s.A, s.B = launchers[0], launchers[1]
	return nil
}

// Close removes the worktrees and the programs.
func (s *Sides) Close() error {
	var err error
	if s.removing != nil && len(s.trees) > 0 {
		s.removing()
	}
	for _, w := range s.trees {
		err = errors.Join(err, w.Remove())
	}
	s.trees = nil
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
