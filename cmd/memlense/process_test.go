package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/lens/report"
)

// role makes this test binary play memlense, for the go command and for tests of
// whole processes.
const role = "MEMLENSE_TEST_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(role) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// haveC reports whether cgo works here.
func haveC(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command("go", "env", "CGO_ENABLED").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out)) == "1"
}

// self is this test binary.
var self = sync.OnceValues(os.Executable)

// memlense runs memlense in the working directory.
func memlense(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	name, err := self()
	if err != nil {
		t.Fatal(err)
	}
	return process(t, exec.Command(name, args...))
}

func process(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Env = append(os.Environ(), role+"=memlense", "GOFLAGS=-trimpath")
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

const lockedSource = `package p

import "sync"

var mu sync.Mutex

//rt:nonblocking
func F() {
	mu.Lock()
	mu.Unlock()
}
`

// TestProcess goes through the exit codes and the JSON as a script sees them.
func TestProcess(t *testing.T) {
	testenv.SkipInRaceRun(t)
	module(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	put(t, "a.go", lockedSource)
	for range 2 { // the second time from the cache
		out, errs, code := memlense(t, "check", "--json", "./...")
		var r report.Report
		if err := json.Unmarshal([]byte(out), &r); err != nil || code != 2 || len(r.Findings) != 1 || r.Findings[0].Code != "ML603" {
			t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
		}
		if at := report.ParsePos(r.Findings[0].Pos); filepath.Base(at.File) != "a.go" || at.Line != 9 || at.Column == 0 {
			t.Errorf("place %s", r.Findings[0].Pos)
		}
	}
	put(t, "a.go", "package p\n\n//rt:nonblocking\nfunc F() {}\n")
	if out, errs, code := memlense(t, "check", "./..."); code != 0 {
		t.Errorf("clean: exit %d: %s%s", code, out, errs)
	}
	put(t, "a.go", "package p\n\nfunc F() { undefined() }\n")
	for _, args := range [][]string{{"check", "--json", "./..."}, {"check", "./nothing"}, {"check", "--no-cache", "example.org/none"}} {
		out, errs, code := memlense(t, args...)
		if code != 1 {
			t.Errorf("%v: exit %d: %s%s", args, code, out, errs)
		}
	}
}

// TestVetTool runs the go command with memlense as its vet tool.
func TestVetTool(t *testing.T) {
	testenv.SkipInRaceRun(t)
	module(t)
	put(t, "a.go", lockedSource)
	name, err := self()
	if err != nil {
		t.Fatal(err)
	}
	_, errs, code := process(t, exec.Command("go", "vet", "-vettool="+name, "./..."))
	if code == 0 || !strings.Contains(errs, "a.go:9:9: ML603: sync.Mutex.Lock takes a lock") {
		t.Errorf("exit %d: %s", code, errs)
	}
	put(t, "a.go", "package p\n\n//rt:nonblocking\nfunc F() {}\n")
	if _, errs, code := process(t, exec.Command("go", "vet", "-vettool="+name, "./...")); code != 0 {
		t.Errorf("clean: exit %d: %s", code, errs)
	}
}
