package env

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// tree reads a fixture: files as "== path" or "== path 0660" on a line, followed
// by the content.
func tree(t testing.TB, text string) fstest.MapFS {
	t.Helper()
	root := fstest.MapFS{}
	var file *fstest.MapFile
	for line := range strings.Lines(text) {
		if head, ok := strings.CutPrefix(line, "== "); ok {
			path, mode, _ := strings.Cut(strings.TrimSpace(head), " ")
			file = &fstest.MapFile{Mode: 0o444}
			if mode != "" {
				bits, err := strconv.ParseUint(mode, 8, 32)
				if err != nil {
					t.Fatal(err)
				}
				file.Mode = fs.FileMode(bits)
			}
			root[path] = file
			continue
		}
		if file == nil {
			t.Fatalf("%q stands before any file", line)
		}
		file.Data = append(file.Data, line...)
	}
	return root
}

// TestMachines compares findings and fingerprint of whole machines with golden
// files.
func TestMachines(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/*.tree")
	if err != nil || len(fixtures) < 4 {
		t.Fatalf("fixtures %v, %v", fixtures, err)
	}
	for _, fixture := range fixtures {
		t.Run(filepath.Base(fixture), func(t *testing.T) {
			text, err := os.ReadFile(fixture)
			if err != nil {
				t.Fatal(err)
			}
			root := tree(t, string(text))
			got := report(root)
			golden := strings.TrimSuffix(fixture, ".tree") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			checkFindings(t, Check(root))
		})
	}
}

func report(root fs.FS) string {
	var b strings.Builder
	for _, f := range Check(root) {
		fmt.Fprintf(&b, "%-7s %-28s %s\n", f.Status, f.ID, f.Value)
	}
	b.WriteByte('\n')
	for _, s := range Plan(root) {
		fmt.Fprintf(&b, "%-28s /%s: %s → %s\n", s.ID, s.Path, s.Value, s.Want)
	}
	b.WriteByte('\n')
	fingerprint := FingerprintOf(root)
	for _, key := range slices.Sorted(maps.Keys(fingerprint)) {
		if key != "go" && key != "os" && key != "arch" { // of the test's program
			fmt.Fprintf(&b, "%-15s %s\n", key, fingerprint[key])
		}
	}
	return b.String()
}

// checkFindings is what holds of every machine.
func checkFindings(t *testing.T, findings []Finding) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range findings {
		if seen[f.ID] {
			t.Errorf("%s: found twice", f.ID)
		}
		seen[f.ID] = true
		if f.ID == "" || f.Value == "" || f.Want == "" || f.Who == "" {
			t.Errorf("%+v: a field is empty", f)
		}
		if strings.ContainsAny(f.Value, "\n\r") {
			t.Errorf("%s: value %q spans lines", f.ID, f.Value)
		}
		switch f.Status {
		case OK:
			if f.Fix != "" {
				t.Errorf("%s is ok and has a fix", f.ID)
			}
		case Warn, Fail, Unknown:
			if f.Fix == "" {
				t.Errorf("%s is %s and has no fix", f.ID, f.Status)
			}
		default:
			t.Errorf("%s: status %q", f.ID, f.Status)
		}
	}
}

// TestNothingReadable: what cannot be read is never a pass.
func TestNothingReadable(t *testing.T) {
	findings := Check(fstest.MapFS{})
	checkFindings(t, findings)
	for _, f := range findings {
		if f.Status != Unknown {
			t.Errorf("%s is %s on a machine without files", f.ID, f.Status)
		}
	}
	if plan := Plan(fstest.MapFS{}); len(plan) > 0 {
		t.Errorf("plans to change what is not there: %v", plan)
	}
	for key, value := range FingerprintOf(fstest.MapFS{}) {
		if value != "unknown" && key != "os" && key != "arch" && key != "go" {
			t.Errorf("%s is %q on a machine without files", key, value)
		}
	}
}

// TestGarbageIsNoPass replaces each file of two good machines in turn by something
// else, and expects no finding that was not ok to become so.
func TestGarbageIsNoPass(t *testing.T) {
	const device = "dev/cpu_dma_latency" // its mode counts, not its content
	for _, fixture := range []string{"testdata/metal.tree", "testdata/studio.tree"} {
		text, err := os.ReadFile(fixture)
		if err != nil {
			t.Fatal(err)
		}
		for path := range tree(t, string(text)) {
			for _, content := range []string{"", "\x00", "zz\nzz", "[", "-", "99999999999999999999"} {
				root := tree(t, string(text))
				root[path] = &fstest.MapFile{Data: []byte(content)}
				findings := Check(root)
				checkFindings(t, findings)
				delete(root, path)
				for i, missing := range Check(root) {
					if f := findings[i]; missing.Status == Unknown && f.Status == OK && path != device {
						t.Errorf("%s is ok with /%s reading %q", f.ID, path, content)
					}
				}
			}
		}
	}
}

func TestThisMachine(t *testing.T) {
	findings := Check(Host())
	checkFindings(t, findings)
	if len(findings) < 20 {
		t.Errorf("%d findings", len(findings))
	}
	for _, key := range []string{"os", "arch", "go", "cpu.model", "kernel.release", "rights"} {
		if Fingerprint()[key] == "" {
			t.Errorf("the fingerprint has no %s", key)
		}
	}
}

func TestCPUTime(t *testing.T) {
	stat := func(text string) fs.FS { return fstest.MapFS{"proc/stat": {Data: []byte(text)}} }
	before, err := ReadCPUTime(stat("cpu  100 1 20 300 5 6 7 8 50 1\ncpu0 1 2 3 4 5 6 7 8 9 10\n"))
	if err != nil || before != (CPUTime{447, 8}) {
		t.Fatalf("%+v, %v; want 447 and 8", before, err)
	}
	after, err := ReadCPUTime(stat("cpu  150 1 20 325 5 6 7 33 50 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		t, before CPUTime
		want      float64
	}{
		{after, before, 0.25}, {before, after, 0}, {before, before, 0},
		{CPUTime{10, 5}, CPUTime{5, 9}, 0}, {CPUTime{10, 10}, CPUTime{9, 0}, 1},
	} {
		if got := c.t.StealSince(c.before); got != c.want {
			t.Errorf("%+v since %+v: %v, want %v", c.t, c.before, got, c.want)
		}
	}
	for _, text := range []string{"", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7 -8", "cpu 1 2 3 4 5 6 7 x"} {
		if got, err := ReadCPUTime(stat(text)); err == nil {
			t.Errorf("%q: %+v, want an error", text, got)
		}
	}
	if _, err := ReadCPUTime(fstest.MapFS{}); err == nil {
		t.Error("no error without /proc/stat")
	}
}

// FuzzParsers feeds one text to every parser: none may panic or return a value
// outside its range, and no check may pass over a tree of such files.
func FuzzParsers(f *testing.F) {
	for _, fixture := range []string{"testdata/guest.tree", "testdata/metal.tree", "testdata/arm.tree", "testdata/studio.tree"} {
		text, err := os.ReadFile(fixture)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range tree(f, string(text)) {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if word, err := parseChoice(text); err == nil && !strings.Contains(text, "["+word+"]") {
			t.Errorf("choice %q is not in the text", word)
		}
		if _, unlimited, err := parseLimit(text, "Max locked memory"); err == nil && unlimited && !strings.Contains(text, "unlimited") {
			t.Error("unlimited out of nothing")
		}
		parsePreemption(text)
		if n, ok := parseSetting(text, "default.clock.quantum"); ok && !strings.Contains(text, "quantum") {
			t.Errorf("a quantum of %d out of nothing", n)
		}
		root := fstest.MapFS{}
		for _, path := range []string{
			"proc/self/status", "proc/self/limits", "proc/self/cgroup", "proc/cpuinfo", "proc/stat", "proc/swaps",
			"sys/devices/system/cpu/online", "sys/devices/system/cpu/isolated", "proc/irq/1/smp_affinity_list",
			"sys/kernel/mm/transparent_hugepage/enabled", "proc/sys/kernel/sched_rt_runtime_us",
			"etc/security/limits.conf", "proc/self/environ", "proc/7/comm", "proc/7/stat", "etc/pipewire/pipewire.conf",
		} {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if c, err := ReadCPUTime(root); err == nil {
			if share := c.StealSince(CPUTime{}); share < 0 || share > 1 {
				t.Errorf("steal %v", share)
			}
		}
		for _, f := range Check(root) {
			if f.Value == "" {
				t.Errorf("%s found an empty value", f.ID)
			}
		}
		for _, s := range Plan(root) {
			now, err := s.Current(root)
			if err != nil || now != s.Value || s.Want == "" || s.Want == s.Value {
				t.Errorf("%+v, and now %q, %v", s, now, err)
			}
		}
	})
}

func TestFindingIsASentence(t *testing.T) {
	for want, f := range map[string]Finding{
		"ok: cpu.governor is performance":                                                  {ID: "cpu.governor", Value: "performance", Want: "performance", Status: OK},
		"warn: cpu.governor is powersave, want performance; cpupower frequency-set (root)": {ID: "cpu.governor", Value: "powersave", Want: "performance", Status: Warn, Fix: "cpupower frequency-set", Who: Root},
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
