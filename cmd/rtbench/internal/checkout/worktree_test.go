package checkout

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
)

func TestMain(m *testing.M) {
	supervise.Main()
	os.Exit(m.Run())
}

// git runs git in dir.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.org", "-C", dir}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// repository has a module in sub, and two commits: tag one, and HEAD.
func repository(t *testing.T) (dir string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed; a machine that has cloned memkit has it, CI's too")
	}
	dir = t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	write := func(name, text string) {
		path := filepath.Join(dir, "sub", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "-q", "-b", "main")
	write("go.mod", "module example.org/x\n\ngo 1.26\n")
	write("main.go", "package main\n\nfunc main() { println(1) }\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "tag", "one")
	write("main.go", "package main\n\nfunc main() { println(2) }\n")
	git(t, dir, "commit", "-q", "-a", "-m", "two")
	return dir
}

func TestWorktree(t *testing.T) {
	dir := repository(t)
	sub := filepath.Join(dir, "sub")
	for ref, want := range map[string]string{"one": "1", "HEAD": "2"} {
		w, err := New(t.Context(), sub, ref)
		if err != nil {
			t.Fatal(err)
		}
		if w.Commit != git(t, dir, "rev-parse", ref) {
			t.Errorf("%s is %s", ref, w.Commit)
		}
		program := filepath.Join(t.TempDir(), "program")
		if err := w.Build(t.Context(), ".", program); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s prints %s, %v", ref, out, err)
		}
		if err := w.Build(t.Context(), "./missing", program); err == nil || !strings.Contains(err.Error(), "building ./missing at ") {
			t.Errorf("%v", err)
		}
		if tests, err := w.Tests(t.Context(), []string{"./..."}, ".", t.TempDir()); err != nil || len(tests) != 0 {
			t.Errorf("tests of a package without any: %v, %v", tests, err)
		}
		if err := w.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	nothingLeft(t, dir)
	if Changed(t.Context(), sub) {
		t.Error("nothing was changed")
	}
	if err := os.WriteFile(filepath.Join(sub, "main.go"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if !Changed(t.Context(), sub) {
		t.Error("a file was changed")
	}
}

// nothingLeft checks that neither the file system nor git knows of a worktree.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "rtbench-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if list := git(t, dir, "worktree", "list", "--porcelain"); strings.Count(list, "worktree ") != 1 {
		t.Errorf("git still knows\n%s", list)
	}
}

func TestNewRefuses(t *testing.T) {
	dir := repository(t)
	for ref, want := range map[string]string{
		"missing":  `"missing" is no commit`,
		"--help":   `"--help" is no commit`,
		"":         `"" is no commit`,
		"one:main": "is no commit",
	} {
		if _, err := New(t.Context(), dir, ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if _, err := New(t.Context(), t.TempDir(), "main"); err == nil {
		t.Error("a directory without a repository")
	}
	// A directory that one of the commits does not have.
	later := filepath.Join(dir, "later")
	if err := os.Mkdir(later, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), later, "one"); err == nil || !strings.Contains(err.Error(), "has no directory later") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(ctx, dir, "one"); err == nil {
		t.Error("made after the end")
	}
	nothingLeft(t, dir)
}

// TestRemoveAfterTheEnd: an interrupted command still removes its worktree.
func TestRemoveAfterTheEnd(t *testing.T) {
	dir := repository(t)
	ctx, cancel := context.WithCancel(t.Context())
	w, err := New(ctx, dir, "one")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := w.Remove(); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, dir)
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"GIT_DIR=/x", "A=b", "GIT_WORK_TREE=/y", "GIT_AUTHOR_NAME=me"})
	if strings.Join(got, " ") != "A=b GIT_AUTHOR_NAME=me" {
		t.Errorf("%v", got)
	}
}
