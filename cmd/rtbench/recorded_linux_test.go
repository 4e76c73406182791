package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// compiled is the example of include/memkit_record.h as a program.
func compiled(t *testing.T, compiler string) string {
	t.Helper()
	argv := strings.Fields(compiler)
	if _, err := exec.LookPath(argv[0]); err != nil {
		t.Skipf("no %s; to install it: make deps", argv[0])
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "c-recorder")
	argv = append(argv, "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", filepath.Join(top, "include"), "-o", program, filepath.Join(top, "examples", "c-recorder", "main.c"))
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	return program
}

// recordedBudget passes on any machine: latencies that depend on each other, as those of
// a busy one do, leave a limit on a quantile undecided.
const recordedBudget = "[budget.c-recorder]\ncounts = { dropped = 0 }\n"

// TestRecordedProgram: the example in C is compiled, measured in five processes and
// judged.
func TestRecordedProgram(t *testing.T) {
	program := compiled(t, "cc -std=c11")
	inDir(t, map[string]string{"b.toml": recordedBudget})
	a := newTestApp()
	a.try(t, "run", "--recorded", "--period", "1ms", "--", program, "300").want(t, exitPass)
	run, _, err := loadRun("rtbench-out/run.rtrun")
	if err != nil || len(run.Series) != 5 || len(run.Series[4].Samples) != 300 || run.Series[4].Process != 4 || run.Series[0].Counters["dropped"] != 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	a.try(t, "check", "rtbench-out/run.rtrun", "--budget", "b.toml").want(t, exitPass, "PASS")
	// Told to stop, it closes its recording; on a busy machine it may not have begun
	// one so soon.
	var told outcome
	for _, duration := range []string{"250ms", "5s", "100s"} {
		if told = a.try(t, "run", "--recorded", "--duration", duration, "--out", "b", "--", program, "1000000"); told.code == exitPass {
			break
		}
	}
	told.want(t, exitPass)
	if run, _, err = loadRun("b/run.rtrun"); err != nil || samplesOf(run) == 0 {
		t.Errorf("%v", err)
	}
}

// TestRecordedInCPlusPlus: the same source is C++, and its file is read.
func TestRecordedInCPlusPlus(t *testing.T) {
	program := compiled(t, "c++ -std=c++11 -x c++")
	path := filepath.Join(t.TempDir(), "a.rtrun")
	// More than one block, and a last one that is not full.
	if out, err := exec.Command(program, "600", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run, _, err := loadRun(path)
	if err != nil || run.Incomplete != "" || run.Series[0].Name != "c-recorder" || run.Series[0].Period != 1_000_000 || samplesOf(run) != 600 {
		t.Errorf("%v: %+v", err, run)
	}
	if out, err := exec.Command(program, "600", path).CombinedOutput(); err == nil || !strings.Contains(string(out), "File exists") {
		t.Errorf("a file that is there: %v, %s", err, out)
	}
}

// recorderProbe drives the header with values of its own: extremes, too little room, a
// death in the middle.
const recorderProbe = `
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "memkit_record.h"
#include <signal.h>
int main(int argc, char **argv) {
    mk_record r;
    if (mk_record_open(&r, argv[1], argv[2], 0, strtoull(argv[3], NULL, 10)) != 0) { perror("open"); return 2; }
    long long n = atoll(argv[4]);
    for (long long i = 0; i < n; i++)
        mk_record_sample(&r, i % 4 == 0 ? INT64_MAX : i % 4 == 1 ? INT64_MIN : i % 4 == 2 ? -i : i);
    if (argc > 5) raise(SIGKILL);
    if (mk_record_close(&r) != 0) { perror("close"); return 3; }
    mk_record_sample(&r, 1);
    return mk_record_close(&r) == 0 || errno != EBADF || r.dropped != 1;
}
`

func TestRecorderHeader(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no cc; to install it: make deps")
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "probe.c"), filepath.Join(dir, "probe")
	if err := os.WriteFile(source, []byte(recorderProbe), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-g", "-fsanitize=undefined", "-fno-sanitize-recover", "-I", "../../include", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, c := range []struct {
		name           string
		capacity, n    int
		kill           bool
		status         int
		least, most    int
		says, complete string
	}{
		{name: "a b", capacity: 5000, n: 1000, least: 1000, most: 1000},
		{name: "none", capacity: 10, n: 0},
		{name: "one block", capacity: 300, n: 256, least: 256, most: 256},
		{name: "full", capacity: 300, n: 100000, status: 3, least: 300, most: 2000, says: "No space left"},
		{name: "killed", capacity: 5000, n: 1000, kill: true, status: -1, least: 768, most: 768},
		{name: "killed at once", capacity: 5000, n: 100, kill: true, status: -1},
		{name: `a "quote"`, capacity: 5, status: 2, says: "Invalid argument"},
		{name: "", capacity: 5, status: 2, says: "Invalid argument"},
		{name: strings.Repeat("x", 201), capacity: 5, status: 2, says: "Invalid argument"},
		{name: "huge", capacity: 1 << 35, status: 2, says: "Invalid argument"},
	} {
		path := filepath.Join(dir, fmt.Sprint(i))
		args := []string{path, c.name, fmt.Sprint(c.capacity), fmt.Sprint(c.n)}
		if c.kill {
			args = append(args, "kill")
		}
		cmd := exec.Command(program, args...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.status || !strings.Contains(string(out), c.says) {
			t.Errorf("%s: exit status %d, %s", c.name, code, out)
			continue
		}
		run, _, err := loadRun(path)
		if c.status == 2 {
			if err == nil || !os.IsNotExist(err) {
				t.Errorf("%s: left a file (%v)", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		s := run.Series[0]
		if n := len(s.Samples); n < c.least || n > c.most || (run.Incomplete != "") != c.kill || s.Name != c.name {
			t.Errorf("%s: %d samples, incomplete %q", c.name, n, run.Incomplete)
		}
		if d := s.Counters["dropped"]; c.status == 3 && d != float64(c.n-len(s.Samples)) {
			t.Errorf("%s: %g dropped of %d, %d kept", c.name, d, c.n, len(s.Samples))
		}
		for k, v := range s.Samples {
			if want := []int64{1<<63 - 1, -1 << 63, int64(-k), int64(k)}[k%4]; v != want {
				t.Fatalf("%s: sample %d is %d, want %d", c.name, k, v, want)
			}
		}
	}
}

// TestRecordedRefuses: a program that does not do its part is named as such.
func TestRecordedRefuses(t *testing.T) {
	inDir(t, nil)
	a := newTestApp()
	for want, line := range map[string][]string{
		"wrote no recording: it has to write": {"true"},
		"its recording: run file, byte 0":     {"sh", "-c", `echo hello world > "$MEMKIT_RECORD"`},
		"exit status 3":                       {"sh", "-c", "exit 3"},
		"wrote no recording":                  {"sh", "-c", "echo says; exit 0"},
	} {
		a.try(t, append([]string{"run", "--recorded", "--"}, line...)...).want(t, exitError, want)
	}
	a.try(t, "run", "--recorded").want(t, exitError, "add -- PROGRAM")
	if got := listing(t); len(got) > 0 {
		t.Errorf("left %s", names(got))
	}
}
