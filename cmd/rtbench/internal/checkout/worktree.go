package checkout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
)

// Worktree is a checked-out commit. Remove takes it away.
type Worktree struct {
	// Commit is its full hash.
	Commit string
	// repository is the user's tree, dir the place of the worktree, and work the
	// directory in it that corresponds to the user's.
	repository, dir, work string
}

// Commit resolves a name of a commit in the repository around dir; false where there
// is no repository or no such commit.
func Commit(ctx context.Context, dir, ref string) (string, bool) {
	if ref == "" || strings.HasPrefix(ref, "-") {
		return "", false
	}
	out, err := run(ctx, dir, "git", "rev-parse", "--verify", "--quiet", ref+"^{commit}")
	return strings.TrimSpace(out), err == nil
}

// Changed reports whether the tree around dir has changes that no commit has.
func Changed(ctx context.Context, dir string) bool {
	out, err := run(ctx, dir, "git", "status", "--porcelain", "--untracked-files=no")
	return err == nil && strings.TrimSpace(out) != ""
}

// New checks out ref of the repository around dir.
func New(ctx context.Context, dir, ref string) (_ *Worktree, err error) {
	commit, ok := Commit(ctx, dir, ref)
	if !ok {
		return nil, fmt.Errorf("%q is no commit of the repository here; git fetch may bring it", ref)
	}
	prefix, err := run(ctx, dir, "git", "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	place, err := os.MkdirTemp("", "rtbench-worktree-")
	if err != nil {
		return nil, err
	}
	w := &Worktree{Commit: commit, repository: dir, dir: place, work: filepath.Join(place, strings.TrimSpace(prefix))}
	if _, err := run(ctx, dir, "git", "worktree", "add", "--detach", "--force", place, commit); err != nil {
		return nil, errors.Join(err, w.Remove())
	}
	if info, err := os.Stat(w.work); err != nil || !info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s has no directory %s; call rtbench where both commits have one", ref, strings.TrimSpace(prefix)), w.Remove())
	}
	return w, nil
}

// Remove takes the worktree away, also after the end of the context that made it.
func (w *Worktree) Remove() error {
	ctx := context.Background()
	_, _ = run(ctx, w.repository, "git", "worktree", "remove", "--force", "--force", w.dir)
	err := os.RemoveAll(w.dir) // git leaves what it has not made
	_, _ = run(ctx, w.repository, "git", "worktree", "prune")
	return err
}

// Build builds a Go program.
func (w *Worktree) Build(ctx context.Context, pkg, program string) error {
	if _, err := run(ctx, w.work, "go", "build", "-o", program, pkg); err != nil {
		return fmt.Errorf("building %s at %.12s: %w", pkg, w.Commit, err)
	}
	return nil
}

// Test is a program that runs the tests and benchmarks of a package.
type Test struct {
	Package string
	Program string
	// Dir is where it expects to run.
	Dir string
}

// Tests builds those of the packages that match patterns and have a benchmark that
// matches the expression.
func (w *Worktree) Tests(ctx context.Context, patterns []string, expression, into string) ([]Test, error) {
	args := append([]string{"list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}\t{{.Dir}}{{end}}"}, patterns...)
	list, err := run(ctx, w.work, "go", args...)
	if err != nil {
		return nil, fmt.Errorf("listing the packages at %.12s: %w", w.Commit, err)
	}
	var tests []Test
	for line := range strings.Lines(list) {
		pkg, dir, found := strings.Cut(strings.TrimSpace(line), "\t")
		if !found {
			continue
		}
		t := Test{Package: pkg, Dir: dir, Program: filepath.Join(into, fmt.Sprintf("%d.test", len(tests)))}
		if _, err := run(ctx, w.work, "go", "test", "-c", "-o", t.Program, pkg); err != nil {
			return nil, fmt.Errorf("building the tests of %s at %.12s: %w", pkg, w.Commit, err)
		}
		has, err := HasBenchmark(ctx, t, expression)
		if err != nil {
			return nil, err
		}
		if has {
			tests = append(tests, t)
		}
	}
	return tests, nil
}

// HasBenchmark asks a test program whether one of its benchmarks matches.
func HasBenchmark(ctx context.Context, t Test, expression string) (bool, error) {
	first, _, _ := strings.Cut(expression, "/") // what follows matches sub-benchmarks
	out, err := run(ctx, t.Dir, t.Program, "-test.list", first)
	if err != nil {
		return false, fmt.Errorf("listing the benchmarks of %s: %w", t.Package, err)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "Benchmark") {
			return true, nil
		}
	}
	return false, nil
}

// mostOutput is how much of a failed program's output an error repeats.
const mostOutput = 2000

// run runs a program to its end and returns its output. It and its children end with
// ctx.
func run(ctx context.Context, dir, name string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = environment(os.Environ())
	started, err := supervise.Start(cmd, 0)
	if err == nil {
		err = started.Wait()
	}
	if err == nil {
		return stdout.String(), nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return "", cause
	}
	text := strings.TrimSpace(stderr.String())
	if len(text) > mostOutput {
		text = text[:mostOutput] + " …"
	}
	return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, text)
}

// environment leaves out what points git to another repository, as in a hook.
func environment(own []string) []string {
	var env []string
	for _, v := range own {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX":
		default:
			env = append(env, v)
		}
	}
	return env
}
