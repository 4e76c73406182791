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

	"github.com/memkit-go/memkit/cmd/rtbench/internal/journal"
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
	"hil":      "hil --demo --paced 30s",
	"gpu":      "gpu --backend dummy --parts rings --rings 1000000000",
	"budget":   "budget --from pipe,pipe,pipe",
	"coverage": "coverage --reps 1000000",
	"selftest": "selftest --runs 1000000000 --live-runs 0",
	"trace":    "trace --duration 1h",
}

// busyProcesses is how many processes a command has when it measures: itself, and
// for each that measures a supervisor too.
var busyProcesses = map[string]int{"certify": 3, "run": 3, "loop": 3, "bus": 3, "audio": 2, "compare": 3, "hil": 1 + emulators()}

// emulators is how many a rig starts.
func emulators() int {
	if _, err := exec.LookPath("qemu-system-arm"); err != nil {
		return 0
	}
	return 1
}

// shortCommands end at once.
var shortCommands = map[string]bool{"list": true, "version": true, "doctor": true, "help": true, "completion": true}

// TestEveryCommandEndsOnSignals: on SIGINT, SIGTERM and SIGKILL no command leaves a
// process or a file.
func TestEveryCommandEndsOnSignals(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: starts many processes")
	}
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
			t.Run(c.Name()+"/"+signal.String(), func(t *testing.T) {
				t.Parallel() // a command waits most of its time
				testSignal(t, line, signal)
			})
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
	// On a busy machine rtbench may have ended the program, and itself, before the second
	// one arrives.
	for range 20 {
		state, said := interruptTwice(t, shell)
		status := state.Sys().(syscall.WaitStatus)
		switch {
		case status.Signaled() && status.Signal() == syscall.SIGINT:
			return
		case state.ExitCode() != exitError:
			t.Fatalf("%v: %s", state, said)
		}
		t.Logf("%v: %s", state, said)
	}
	t.Error("no second SIGINT ended rtbench at once")
}

// interruptTwice sends SIGINT to rtbench until it ends, and tells how it did.
func interruptTwice(t *testing.T, shell string) (*os.ProcessState, *bytes.Buffer) {
	t.Helper()
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
	await(t, mark, func(n int) bool { return n == 0 })
	return cmd.ProcessState, &said
}

// TestInterruptedCompareRemovesWorktrees: neither git nor the directory of temporary
// files keeps anything of a comparison of two commits, whatever it was doing.
func TestInterruptedCompareRemovesWorktrees(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: with the detector no command ends within its second")
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed; a machine that has cloned memkit has it, CI's too")
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

// startRtbench starts this binary as rtbench, after what a shell does first.
func startRtbench(t *testing.T, dir, first, line string) (cmd *exec.Cmd, mark string, said *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command("sh", append([]string{"-c", first + `exec "$0" "$@"`, self}, strings.Fields(line)...)...)
	mark = fmt.Sprintf("%s=%d.%d", markVariable, os.Getpid(), time.Now().UnixNano())
	cmd.Env = append(os.Environ(), role+"=rtbench", mark)
	cmd.Dir, said = dir, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, mark, said
}

// printing is a program that prints latencies without end.
const printing = "run --first-line 0 -- yes 1us"

// TestKilledRunIsReadable: what a run had measured when it was killed can be read, and
// says that it is incomplete.
func TestKilledRunIsReadable(t *testing.T) {
	for name, line := range map[string]string{"fixed": printing, "until decided": "run --until-decided --max 1h --budget b.toml --first-line 0 -- yes 1us"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "b.toml"), []byte("[profile.any]\nmatch = {}\n[profile.any.budget.yes]\np99 = \"1ms\"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "rtbench-out", journal.Name)
			cmd, mark, said := startRtbench(t, dir, "", line)
			await(t, mark, func(n int) bool {
				info, err := os.Stat(path)
				return err == nil && info.Size() > 1<<17 || n == 0
			})
			if err := cmd.Process.Kill(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			_ = cmd.Wait()
			await(t, mark, func(n int) bool { return n == 0 })
			run, _, err := loadRun(path)
			if err != nil || !strings.Contains(run.Incomplete, "it was killed") || samplesOf(run) < 1<<16 || run.Series[0].Samples[0] != 1000 || run.Env["cpu.model"] == "" {
				t.Fatalf("%v, %+v: %s", err, run, said)
			}
		})
	}
}

// wantFull waits for a run that finds no room and checks the file that it leaves.
func wantFull(t *testing.T, dir, why string, cmd *exec.Cmd, mark string, said *bytes.Buffer) {
	t.Helper()
	_ = cmd.Wait()
	await(t, mark, func(n int) bool { return n == 0 })
	path := filepath.Join(dir, journal.Name)
	if code := cmd.ProcessState.ExitCode(); code != exitError || !strings.Contains(said.String(), why) || !strings.Contains(said.String(), "marked incomplete") {
		t.Errorf("exit status %d: %s", code, said)
	}
	run, _, err := loadRun(path)
	if err != nil || !strings.Contains(run.Incomplete, why) || samplesOf(run) < 1<<16 {
		t.Errorf("%v, %.200s", err, fmt.Sprint(run))
	}
}

// TestFileLimit: a run whose file may not grow ends with an error, and what fitted can
// be read with the reason. Any user may set the limit.
func TestFileLimit(t *testing.T) {
	dir := t.TempDir()
	cmd, mark, said := startRtbench(t, dir, "ulimit -f 400; ", printing) // of 512 or 1,024 bytes
	wantFull(t, filepath.Join(dir, "rtbench-out"), "file too large", cmd, mark, said)
}

// TestFullDisk is the same on a file system without space.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=400k"); err != nil {
		t.Skipf("mounting a small tmpfs: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	cmd, mark, said := startRtbench(t, t.TempDir(), "", "run --out "+dir+" --first-line 0 -- yes 1us")
	wantFull(t, dir, "no space left", cmd, mark, said)
}

// await waits until the number of living processes with the mark is as wanted.
func await(t *testing.T, mark string, wanted func(n int) bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond) // each look reads all of /proc
	defer again.Stop()
	deadline := time.After(5 * time.Minute) // of a wait that ends early, unless a process is left
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
			t.Fatalf("%d processes after 5 minutes", n)
		}
	}
}
