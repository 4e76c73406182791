package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// markVariable marks the processes of one test.
const markVariable = "RTBENCH_TEST_MARK"

// longLines are command lines that do not end by themselves, by command. "pipe" is a
// named pipe that has no writer.
var longLines = map[string]string{
	"certify":  "certify --bench test/endless --duration 1h",
	"run":      "run --bench test/endless --duration 1h",
	"compare":  "compare cat cat --first-line 0",
	"history":  "history . --add pipe",
	"check":    "check pipe --budget pipe",
	"report":   "report pipe",
	"loop":     "loop --against c --duration 1h --rounds 1",
	"bus":      "bus --against none --seconds 3600 --rounds 1",
	"fit":      "fit -",
	"import":   "import pipe",
	"export":   "export pipe --format csv",
	"verify":   "verify pipe",
	"audio":    "audio --server sim --modes sim --seconds 3600",
	"budget":   "budget --from pipe,pipe,pipe",
	"coverage": "coverage --reps 1000000",
	"selftest": "selftest --runs 1000000000 --live-runs 0",
	"trace":    "trace --duration 1h",
}

// busyProcesses is how many processes a command has when it measures: itself, and
// for each that measures a supervisor too.
var busyProcesses = map[string]int{"certify": 3, "run": 3, "loop": 3, "bus": 3, "audio": 2, "compare": 3}

// shortCommands end at once.
var shortCommands = map[string]bool{"list": true, "version": true, "doctor": true, "help": true, "completion": true}

// TestEveryCommandEndsOnSignals: on SIGINT, SIGTERM and SIGKILL no command leaves a
// process or a file.
func TestEveryCommandEndsOnSignals(t *testing.T) {
	for _, c := range newRootCommand(newTestApp()).Commands() {
		if c.Hidden || shortCommands[c.Name()] {
			continue
		}
		line, known := longLines[c.Name()]
		if !known {
			t.Errorf("%s: give it a command line in longLines, or list it in shortCommands", c.Name())
			continue
		}
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
			t.Run(c.Name()+"/"+signal.String(), func(t *testing.T) { testSignal(t, line, signal) })
		}
	}
}

func testSignal(t *testing.T, line string, signal syscall.Signal) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", strings.Fields(line)...)
	mark := fmt.Sprintf("%s=%d.%d", markVariable, os.Getpid(), time.Now().UnixNano())
	cmd.Env = append(os.Environ(), role+"=rtbench", readyVariable+"=1", mark)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	ready, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	cmd.ExtraFiles = []*os.File{w}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := io.ReadAll(ready); err != nil {
		t.Fatal(err)
	}
	await(t, mark, func(n int) bool { return n >= busyProcesses[cmd.Args[1]] })
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); signal != syscall.SIGKILL && code != exitError {
		t.Errorf("exit status %d, want %d: %s", code, exitError, &said)
	}
	await(t, mark, func(n int) bool { return n == 0 })
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if left = append(left, hidden...); err != nil || len(left) != 1 {
		t.Errorf("left %v: %s", left, &said)
	}
}

// TestSecondInterrupt: it ends rtbench at once, and with it a program that does not
// listen and what that has started.
func TestSecondInterrupt(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	const deaf = `trap "" INT TERM; (sleep 600 & wait) & echo 5; while :; do sleep 600; done`
	cmd := exec.Command("/proc/self/exe", "run", "--duration", "1h", "--", shell, "-c", deaf)
	mark := fmt.Sprintf("%s=%d.%d", markVariable, os.Getpid(), time.Now().UnixNano())
	cmd.Env = append(os.Environ(), role+"=rtbench", mark)
	cmd.Dir = t.TempDir()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const processes = 6 // rtbench, a supervisor, two shells, two sleeps
	await(t, mark, func(n int) bool { return n >= processes })
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	again := time.NewTicker(5 * time.Millisecond) // the first one has to be handled before the second
	defer again.Stop()
	for running := true; running; {
		_ = cmd.Process.Signal(syscall.SIGINT)
		select {
		case <-ended:
			running = false
		case <-again.C:
		}
	}
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("%v, want the end by SIGINT: %s", cmd.ProcessState, &said)
	}
	await(t, mark, func(n int) bool { return n == 0 })
}

// TestInterruptedCompareRemovesWorktrees: neither git nor the directory of temporary
// files keeps anything of a comparison of two commits, whatever it was doing.
func TestInterruptedCompareRemovesWorktrees(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir, temporary := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module example.org/x\n\ngo 1.26\n",
		"x_test.go": "package x\n\nimport \"testing\"\n\nfunc BenchmarkX(b *testing.B) { select {} }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.org", "-C", dir}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "one")
	cmd := exec.Command("/proc/self/exe", "compare", "--base", "HEAD", "--go-bench", ".")
	mark := fmt.Sprintf("%s=%d.%d", markVariable, os.Getpid(), time.Now().UnixNano())
	cmd.Env = append(os.Environ(), role+"=rtbench", mark, "TMPDIR="+temporary)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, mark, func(int) bool { return strings.Count(git("worktree", "list"), "\n") > 1 })
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	await(t, mark, func(n int) bool { return n == 0 })
	left, err := filepath.Glob(filepath.Join(temporary, "rtbench-*"))
	if list := git("worktree", "list"); cmd.ProcessState.ExitCode() != exitError || err != nil || len(left) > 0 || strings.Count(list, "\n") != 1 {
		t.Errorf("exit status %d, left %v, git knows\n%s%s", cmd.ProcessState.ExitCode(), left, list, &said)
	}
}

// await waits until the number of living processes with the mark is as wanted.
func await(t *testing.T, mark string, wanted func(n int) bool) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(20 * time.Second)
	for {
		n := 0
		environments, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, file := range environments {
			if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(mark)) {
				n++
			}
		}
		if wanted(n) {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("%d processes after 20 s", n)
		}
	}
}
