package tune

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/rt/env"
)

// machineFiles is a machine that has everything to fix, and a restart behind it.
func machineFiles() map[string]string {
	cpu := "sys/devices/system/cpu/"
	return map[string]string{
		"proc/sys/kernel/random/boot_id":                 "c0ffee",
		"proc/sys/kernel/timer_migration":                "1",
		"proc/sys/kernel/numa_balancing":                 "1",
		"proc/sys/kernel/sched_rt_runtime_us":            "0",
		"proc/sys/kernel/sched_rt_period_us":             "1000000",
		"proc/sys/kernel/watchdog":                       "1",
		"proc/sys/kernel/watchdog_cpumask":               "0-3",
		"proc/sys/vm/stat_interval":                      "1",
		"sys/kernel/mm/transparent_hugepage/enabled":     "[always] madvise never",
		"sys/kernel/mm/ksm/run":                          "1",
		"proc/irq/9/smp_affinity_list":                   "3",
		"proc/irq/10/smp_affinity_list":                  "0-3",
		"proc/irq/11/smp_affinity_list":                  "0",
		cpu + "online":                                   "0-3",
		cpu + "isolated":                                 "",
		cpu + "cpu0/cpufreq/scaling_governor":            "powersave",
		cpu + "cpu0/cpufreq/scaling_available_governors": "performance powersave",
		cpu + "cpu1/cpufreq/scaling_governor":            "schedutil",
		cpu + "cpu1/cpufreq/scaling_available_governors": "schedutil ondemand",
	}
}

// machine is a tree of files under a directory, with a tuner for it.
type machine struct {
	*Tuner
	t *testing.T
}

func newMachine(t *testing.T) machine {
	t.Helper()
	dir := t.TempDir()
	m := machine{&Tuner{Root: filepath.Join(dir, "root"), State: filepath.Join(dir, "state", "memkit", "doctor.json")}, t}
	for path, text := range machineFiles() {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(m.Root, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		m.set(path, text)
	}
	m.write = m.choose
	return m
}

// choose writes as the kernel does where a file offers a choice of words.
func (m machine) choose(path, value string) error {
	if strings.HasSuffix(path, "transparent_hugepage/enabled") {
		value = strings.Replace("always madvise never", value, "["+value+"]", 1)
	}
	return writeSetting(path, value)
}

func (m machine) set(path, text string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.Root, path), []byte(text+"\n"), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m machine) files() map[string]string {
	m.t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(m.Root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(m.Root, path))
		files[path] = strings.TrimSuffix(string(text), "\n")
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return files
}

func (m machine) plan() []env.Setting { return env.Plan(os.DirFS(m.Root)) }

func (m machine) fix() []Row {
	m.t.Helper()
	rows, err := m.Fix(m.plan(), false)
	if err != nil {
		m.t.Fatal(err)
	}
	return rows
}

func (m machine) undo(force bool) []Row {
	m.t.Helper()
	rows, err := m.Undo(force, false)
	if err != nil {
		m.t.Fatal(err)
	}
	return rows
}

// outcomes counts rows.
func outcomes(rows []Row) map[Outcome]int {
	n := map[Outcome]int{}
	for _, r := range rows {
		n[r.Outcome]++
	}
	return n
}

// want fails the test unless the machine is as it was but for changed.
func (m machine) want(changed map[string]string) {
	m.t.Helper()
	want := machineFiles()
	maps.Copy(want, changed)
	if got := m.files(); !reflect.DeepEqual(got, want) {
		for path := range want {
			if got[path] != want[path] {
				m.t.Errorf("%s is %q, want %q", path, got[path], want[path])
			}
		}
	}
}

func (m machine) remembers(n int) {
	m.t.Helper()
	s, err := m.load()
	if err != nil || len(s.Changes) != n {
		m.t.Errorf("the state remembers %d changes, want %d (%v): %+v", len(s.Changes), n, err, s.Changes)
	}
	if _, err := os.Stat(m.State); n == 0 && !errors.Is(err, fs.ErrNotExist) {
		m.t.Errorf("a state without changes is still a file: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(m.State), ".doctor-*")); len(left) > 0 {
		m.t.Errorf("left behind: %v", left)
	}
}

// fixed are the files that Fix changes.
var fixed = map[string]string{
	"proc/sys/kernel/timer_migration":                      "0",
	"proc/sys/kernel/numa_balancing":                       "0",
	"proc/sys/kernel/sched_rt_runtime_us":                  "950000",
	"proc/sys/kernel/watchdog_cpumask":                     "0-2",
	"proc/sys/vm/stat_interval":                            "120",
	"sys/kernel/mm/transparent_hugepage/enabled":           "always [madvise] never",
	"sys/kernel/mm/ksm/run":                                "0",
	"proc/irq/9/smp_affinity_list":                         "0-2",
	"proc/irq/10/smp_affinity_list":                        "0-2",
	"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance",
}

func TestFixAndUndo(t *testing.T) {
	m := newMachine(t)
	dry, err := m.Fix(m.plan(), true)
	if err != nil || outcomes(dry)[Planned] != len(fixed) {
		t.Fatalf("%v, %v", dry, err)
	}
	m.want(nil)
	m.remembers(0)

	if got := outcomes(m.fix()); got[Changed] != len(fixed) {
		t.Errorf("%v", got)
	}
	m.want(fixed)
	m.remembers(len(fixed))
	for _, f := range env.Check(os.DirFS(m.Root)) {
		for _, s := range m.plan() {
			t.Errorf("still planned: %+v", s)
		}
		if strings.HasPrefix(f.ID, "memory.") && f.Status == env.Warn {
			t.Errorf("%s is %s after the fix: %s", f.ID, f.Status, f.Value)
		}
	}

	if rows, err := m.Undo(false, true); err != nil || outcomes(rows)[Planned] != len(fixed) {
		t.Errorf("dry undo: %v, %v", rows, err)
	}
	m.want(fixed)
	if got := outcomes(m.undo(false)); got[Restored] != len(fixed) {
		t.Errorf("%v", got)
	}
	m.want(map[string]string{"sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never"})
	m.remembers(0)
	if rows := m.undo(false); len(rows) != 0 {
		t.Errorf("a second undo: %v", rows)
	}
}

// TestFixTwice: what a setting was before the first fix is what undo restores.
func TestFixTwice(t *testing.T) {
	m := newMachine(t)
	m.fix()
	if rows := m.fix(); len(rows) != 0 {
		t.Errorf("a second fix: %v", rows)
	}
	m.remembers(len(fixed))
	m.undo(false)
	m.want(nil)
}

// TestFixAfterAnotherChange: a setting that was changed between two fixes is
// restored to that change.
func TestFixAfterAnotherChange(t *testing.T) {
	m := newMachine(t)
	m.fix()
	m.set("proc/sys/vm/stat_interval", "5")
	m.fix()
	m.want(fixed)
	m.undo(false)
	m.want(map[string]string{"proc/sys/vm/stat_interval": "5"})
}

// TestEveryFailure lets each write of a fix fail in turn, and some writes of the
// undo behind it: afterwards another undo restores the machine.
func TestEveryFailure(t *testing.T) {
	n := len(fixed)
	for failing := range n {
		for _, failingUndo := range []int{failing, (failing + n/2) % n, n - 1} {
			m := newMachine(t)
			writes := 0
			m.write = func(path, value string) error {
				if writes++; writes == failing+1 {
					return syscall.EIO
				}
				return m.choose(path, value)
			}
			got := outcomes(m.fix())
			if got[Changed] != len(fixed)-1 || got[Refused] != 1 {
				t.Fatalf("%d: %v", failing, got)
			}
			m.remembers(len(fixed) - 1)
			writes = 0
			m.write = func(path, value string) error {
				if writes++; writes == failingUndo+1 {
					return syscall.EIO
				}
				return m.choose(path, value)
			}
			stuck := 1
			if failingUndo == len(fixed)-1 {
				stuck = 0 // there is no such write
			}
			if got := outcomes(m.undo(false)); got[Refused] != stuck {
				t.Fatalf("%d, %d: %v", failing, failingUndo, got)
			}
			m.remembers(stuck)
			m.write = m.choose
			m.undo(false)
			m.want(nil)
			m.remembers(0)
		}
	}
}

// TestCrash ends the fix in the middle of each write: the changes until then are
// undone.
func TestCrash(t *testing.T) {
	for crash := range len(fixed) + 1 {
		m := newMachine(t)
		writes := 0
		m.write = func(path, value string) error {
			if writes++; writes == crash+1 {
				panic("crash")
			}
			return m.choose(path, value)
		}
		func() {
			defer func() { _ = recover() }()
			m.fix()
		}()
		m.write = m.choose
		got := outcomes(m.undo(false))
		if got[Restored] != crash || got[There] != len(fixed)-crash {
			t.Errorf("%d: %v", crash, got)
		}
		m.want(nil)
		m.remembers(0)
	}
}

func TestUndoKeepsWhatOthersSet(t *testing.T) {
	m := newMachine(t)
	m.fix()
	m.set("proc/sys/vm/stat_interval", "30")
	theirs := map[string]string{"proc/sys/vm/stat_interval": "30"}
	for range 2 {
		if got := outcomes(m.undo(false)); got[Kept] != 1 {
			t.Errorf("%v", got)
		}
		m.want(theirs)
		m.remembers(1)
	}
	if got := outcomes(m.undo(true)); got[Restored] != 1 {
		t.Errorf("by force: %v", got)
	}
	m.want(nil)
	m.remembers(0)
}

func TestUndoAfterRestart(t *testing.T) {
	m := newMachine(t)
	m.fix()
	restarted := maps.Clone(fixed)
	restarted["proc/sys/kernel/random/boot_id"] = "cafe"
	m.set("proc/sys/kernel/random/boot_id", "cafe")
	rows := m.undo(false)
	if got := outcomes(rows); got[There] != len(fixed) || !strings.Contains(rows[0].Reason, "started anew") {
		t.Errorf("%v", rows)
	}
	m.want(restarted)
	m.remembers(0)
}

// TestFixAfterRestart: what an earlier boot had changed is not this one's to
// restore.
func TestFixAfterRestart(t *testing.T) {
	m := newMachine(t)
	m.fix()
	m.set("proc/sys/kernel/random/boot_id", "cafe")
	m.set("proc/sys/vm/stat_interval", "2")
	m.fix()
	m.remembers(1)
}

// TestWithoutRights: one file that may not be written to is enough to change
// nothing, in either direction.
func TestWithoutRights(t *testing.T) {
	m := newMachine(t)
	refuse := func(path string) error {
		if strings.HasSuffix(path, "ksm/run") {
			return &fs.PathError{Op: "open", Path: path, Err: syscall.EACCES}
		}
		return nil
	}
	want := "/sys/kernel/mm/ksm/run: no right to change settings (permission denied); run as root, e.g. sudo"
	m.open = refuse
	if _, err := m.Fix(m.plan(), false); !errors.Is(err, ErrRights) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	m.want(nil)
	m.remembers(0)
	if _, err := m.Fix(m.plan(), true); err != nil {
		t.Errorf("a dry run needs no right: %v", err)
	}
	m.open = nil
	m.fix()
	m.open = refuse
	if _, err := m.Undo(false, false); !errors.Is(err, ErrRights) {
		t.Error(err)
	}
	m.want(fixed)
	m.remembers(len(fixed))
}

// TestNothingChangesBeforeItIsRemembered: without a place for the state, no
// setting is touched.
func TestNothingChangesBeforeItIsRemembered(t *testing.T) {
	m := newMachine(t)
	if err := os.WriteFile(filepath.Dir(filepath.Dir(m.State)), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Fix(m.plan(), false); err == nil {
		t.Error("no error")
	}
	m.want(nil)
}

func TestKernelKeepsItsValue(t *testing.T) {
	m := newMachine(t)
	m.write = func(path, value string) error {
		if strings.HasSuffix(path, "stat_interval") {
			return nil // and does nothing
		}
		return m.choose(path, value)
	}
	rows := m.fix()
	i := slices.IndexFunc(rows, func(r Row) bool { return r.Outcome == Refused })
	if i < 0 || rows[i].Reason != "the kernel keeps 1" {
		t.Errorf("%v", rows)
	}
	m.remembers(len(fixed) - 1)
}

func TestBadState(t *testing.T) {
	for text, want := range map[string]string{
		"":              "is not a list of changes",
		"{":             "is not a list of changes",
		`{"version":2}`: "version 2, this command knows 1",
		`{"version":1,"changes":[{"path":"../etc/passwd","before":"x"}]}`:               `"../etc/passwd" makes no sense`,
		`{"version":1,"changes":[{"path":"/etc/passwd","before":"x"}]}`:                 `makes no sense`,
		`{"version":1,"changes":[{"path":"a","before":""}]}`:                            `makes no sense`,
		`{"version":1,"changes":[{"path":"a","before":"1"},{"path":"a","before":"2"}]}`: `makes no sense`,
	} {
		m := newMachine(t)
		if err := os.MkdirAll(filepath.Dir(m.State), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(m.State, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for name, call := range map[string]func() ([]Row, error){
			"fix":  func() ([]Row, error) { return m.Fix(m.plan(), false) },
			"undo": func() ([]Row, error) { return m.Undo(true, false) },
		} {
			if _, err := call(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s with %q: %v, want %s", name, text, err, want)
			}
		}
		m.want(nil)
	}
}

func TestDefaultState(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/var/lib/state")
	if path, err := DefaultState(); err != nil || path != "/var/lib/state/memkit/doctor.json" {
		t.Error(path, err)
	}
	t.Setenv("XDG_STATE_HOME", "relative")
	t.Setenv("HOME", "/home/anna")
	if path, err := DefaultState(); err != nil || path != "/home/anna/.local/state/memkit/doctor.json" {
		t.Error(path, err)
	}
	t.Setenv("HOME", "")
	if _, err := DefaultState(); err == nil || !strings.Contains(err.Error(), "--state") {
		t.Error(err)
	}
}

// FuzzState: no content of the state file makes undo write outside the machine's
// settings, or twice to one.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"version":1,"boot":"b","changes":[{"id":"x","path":"proc/a","before":"1","after":"0"}]}`))
	f.Add([]byte(`{"version":1,"changes":[{"path":"../x","before":"1"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parse("state", text)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, c := range s.Changes {
			if seen[c.Path] || !filepath.IsLocal(c.Path) || c.Before == "" {
				t.Errorf("%s in %s", fmt.Sprint(c), text)
			}
			seen[c.Path] = true
		}
	})
}
