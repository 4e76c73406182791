package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/tune"
	"github.com/memkit-go/memkit/rt/env"
)

// tunable is an app on a machine with three settings to change and one that is
// right.
func tunable(t *testing.T) (a *app, file func(path string) string) {
	t.Helper()
	a = newTestApp()
	a.root = t.TempDir()
	for path, text := range map[string]string{
		"proc/sys/kernel/timer_migration":    "1",
		"proc/sys/kernel/numa_balancing":     "0",
		"proc/sys/vm/stat_interval":          "1",
		"proc/irq/24/smp_affinity_list":      "0-3",
		"sys/devices/system/cpu/online":      "0-3",
		"sys/devices/system/cpu/smt/active":  "0",
		"proc/sys/kernel/random/boot_id":     "c0ffee",
		"sys/devices/system/cpu/isolated":    "3",
		"sys/devices/system/cpu/nohz_full":   "3",
		"proc/sys/kernel/sched_rt_period_us": "1000000",
	} {
		full := filepath.Join(a.root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return a, func(path string) string {
		text, err := os.ReadFile(filepath.Join(a.root, path))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
}

func TestDoctorFixAndUndo(t *testing.T) {
	a, file := tunable(t)
	const interval = "proc/sys/vm/stat_interval"
	dir := t.TempDir()
	state := filepath.Join(dir, "doctor.json")
	run := func(name string, code int, args ...string) {
		t.Helper()
		o := a.try(t, append([]string{"doctor", "--state", state}, args...)...)
		o.want(t, code)
		golden(t, name, strings.ReplaceAll(o.stdout, dir, "STATE"))
	}
	run("doctor-dry", exitPass, "--fix", "--dry-run")
	if got := file(interval); got != "1" {
		t.Fatalf("a dry run wrote %s", got)
	}
	run("doctor-fix", exitPass, "--fix")
	if got := file(interval); got != "120" {
		t.Fatalf("stat_interval is %s", got)
	}
	run("doctor-fixed", exitPass, "--fix")
	if err := os.WriteFile(filepath.Join(a.root, interval), []byte("30\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run("doctor-undo-kept", exitError, "--undo")
	run("doctor-undo-forced", exitPass, "--undo", "--force")
	run("doctor-undone", exitPass, "--undo")
	if got := file(interval); got != "1" {
		t.Errorf("stat_interval is %s", got)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("the state is still there")
	}
}

func TestDoctorFixJSON(t *testing.T) {
	a, _ := tunable(t)
	o := a.try(t, "doctor", "--fix", "--json", "--state", filepath.Join(t.TempDir(), "s.json"))
	o.want(t, exitPass)
	var rows []tune.Row
	if err := json.Unmarshal([]byte(o.stdout), &rows); err != nil || len(rows) != 3 || rows[0].Outcome != tune.Changed {
		t.Errorf("%v: %s", err, o.stdout)
	}
}

func TestDoctorUnit(t *testing.T) {
	a, _ := tunable(t)
	o := a.try(t, "doctor", "--systemd")
	o.want(t, exitPass)
	golden(t, "doctor-systemd", o.stdout)
}

func TestDoctorFlags(t *testing.T) {
	a, file := tunable(t)
	for want, args := range map[string][]string{
		"give --fix or --undo":       {"--dry-run"},
		"--force: is for --undo":     {"--fix", "--force"},
		"[fix undo systemd require]": {"--fix", "--undo"},
		"[json systemd]":             {"--json", "--systemd"},
		"writing the state file":     {"--fix", "--state", "/proc/self/nowhere/state"},
		"is not a list of changes":   {"--undo", "--state", filepath.Join(a.root, "proc/sys/kernel/timer_migration")},
	} {
		a.try(t, append([]string{"doctor"}, args...)...).want(t, exitError, want)
	}
	if got := file("proc/sys/kernel/timer_migration"); got != "1" {
		t.Errorf("timer_migration is %s", got)
	}
}

func TestDoctorRequire(t *testing.T) {
	a := newTestApp()
	for required, code := range map[string]int{
		"rights.realtime":                           exitPass,
		"rights.realtime,rights.memlock":            exitBreach,
		"host.steal":                                exitOpen,
		"host.steal,rights.memlock":                 exitBreach,
		"rights.memlock,host.steal,rights.realtime": exitBreach,
	} {
		a.try(t, "doctor", "--require", required).want(t, code)
		a.try(t, "doctor", "--require", required, "--json").want(t, code, `"id": "rights.memlock"`)
	}
	a.try(t, "doctor", "--require", "rights.realtme").want(t, exitError, "--require rights.realtme: there is no such check; there are kernel.preempt, rights.realtime")
	a.try(t, "doctor").want(t, exitPass)
	a.inspect = func() []env.Finding { return []env.Finding{{ID: "x", Status: env.Fail}, {ID: "y", Status: env.OK}} }
	a.try(t, "doctor").want(t, exitBreach)
	a.try(t, "doctor", "--require", "y").want(t, exitPass)
}
