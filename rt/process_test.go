package rt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/internal/procfs"
)

// applied is a Process's changes, one a line.
func applied(p *Process) string {
	var b strings.Builder
	for _, c := range p.Applied() {
		fmt.Fprintf(&b, "%s: %s → %s", c.Setting, c.Before, c.After)
		if c.Refused != nil {
			fmt.Fprintf(&b, " (%v)", c.Refused)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestSetup(t *testing.T) {
	refuse := func(ops ...string) func(*kernel) {
		return func(k *kernel) {
			for _, op := range ops {
				k.refuse[op] = syscall.EPERM
			}
		}
	}
	for _, c := range []struct {
		name    string
		cfg     ProcessConfig
		machine func(*kernel)
		want    string
	}{
		{
			name: "all",
			want: `GOMAXPROCS: 3 → 4
garbage collector: 100% → off
locked memory: 0 kB → all pages, once touched
/dev/cpu_dma_latency: not held → held at 0 µs
affinity of other threads: 0-2 → 0-1
`,
		},
		{
			name: "two loops, two CPUs, a limit",
			cfg:  ProcessConfig{Loops: 2, LoopCPUs: []int{2, 0, 2}, MemoryLimit: 1 << 30},
			want: `GOMAXPROCS: 3 → 5
garbage collector: 100% → off
memory limit: 4611686018427387904 → 1073741824
locked memory: 0 kB → all pages, once touched
/dev/cpu_dma_latency: not held → held at 0 µs
affinity of other threads: 0-2 → 1
`,
		},
		{
			name: "keep everything",
			cfg:  ProcessConfig{Keep: KeepProcs | KeepCollector | KeepMemory | KeepLatency | KeepAffinity},
			want: "",
		},
		{
			name:    "ordinary user",
			machine: func(k *kernel) { k.caps = nil; refuse("open latency")(k) },
			want: "GOMAXPROCS: 3 → 4\n" +
				"garbage collector: 100% → off\n" +
				"locked memory: 0 kB → 0 kB (mlockall refused: ENOMEM; need CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK, have 8192 kB; " +
				"set LimitMEMLOCK=infinity in the unit or `ulimit -l unlimited`; arenas lock their own pages meanwhile)\n" +
				"/dev/cpu_dma_latency: not held → not held (/dev/cpu_dma_latency refused: EPERM; need write access to it, have none; " +
				"run as root, or let a udev rule give the device to a group (p50 of a wake is 22 µs with it and 30 without))\n" +
				"affinity of other threads: 0-2 → 0-1\n",
		},
		{
			name:    "one CPU",
			machine: func(k *kernel) { k.state.affinity = map[int][]int{callingThread: {1}} },
			cfg:     ProcessConfig{Loops: 2},
			want: `GOMAXPROCS: 3 → 4
garbage collector: 100% → off
locked memory: 0 kB → all pages, once touched
/dev/cpu_dma_latency: not held → held at 0 µs
affinity of other threads: 1 → 1 (the process may use one CPU only, so loops share it)
`,
		},
		{
			name:    "confinement refused half-way",
			machine: refuse("threads"),
			want: `GOMAXPROCS: 3 → 4
garbage collector: 100% → off
locked memory: 0 kB → all pages, once touched
/dev/cpu_dma_latency: not held → held at 0 µs
affinity of other threads: 0-2 → 0-2 (operation not permitted
operation not permitted)
`,
		},
		{
			name:    "collector off already",
			machine: func(k *kernel) { k.state.gcPercent = -1; k.state.procs = 7; k.state.procsAuto = false },
			cfg:     ProcessConfig{Keep: KeepAffinity | KeepLatency | KeepMemory},
			want:    "GOMAXPROCS: 7 → 4\ngarbage collector: off → off\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newKernel(t)
			if c.machine != nil {
				c.machine(k)
			}
			before := k.state.clone()
			p, err := setUp(c.cfg, k.system())
			if err != nil {
				t.Fatal(err)
			}
			if got := applied(p); got != c.want {
				t.Errorf("Applied\n%s\nwant\n%s", got, c.want)
			}
			for range 2 {
				if err := p.Close(); err != nil {
					t.Fatal(err)
				}
			}
			k.unchanged(before)
		})
	}
}

func TestProcessConfigRefused(t *testing.T) {
	for _, c := range []struct {
		cfg         ProcessConfig
		field, text string
	}{
		{ProcessConfig{Loops: -1}, "ProcessConfig.Loops", "must not be negative"},
		{ProcessConfig{MemoryLimit: -1}, "ProcessConfig.MemoryLimit", "must not be negative"},
		{ProcessConfig{Keep: 255}, "ProcessConfig.Keep", "unknown bits"},
		{ProcessConfig{LoopCPUs: []int{-1}}, "ProcessConfig.LoopCPUs", "negative"},
		{ProcessConfig{LoopCPUs: []int{12}}, "ProcessConfig.LoopCPUs", "no such CPU; give one of 0-2"},
		{ProcessConfig{LoopCPUs: []int{3}}, "ProcessConfig.LoopCPUs", "offline"},
		{ProcessConfig{LoopCPUs: []int{0, 1, 2}}, "ProcessConfig.LoopCPUs", "leaves no CPU"},
		{ProcessConfig{LoopCPUs: []int{1}, Keep: KeepAffinity}, "ProcessConfig.LoopCPUs", "KeepAffinity"},
	} {
		k := newKernel(t)
		before := k.state.clone()
		_, err := setUp(c.cfg, k.system())
		wantConfigError(t, err, c.field)
		if err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("error %q does not say %q", err, c.text)
		}
		k.unchanged(before)
	}
}

func TestRequired(t *testing.T) {
	k := newKernel(t)
	k.caps = nil
	before := k.state.clone()
	_, err := setUp(ProcessConfig{Required: true}, k.system())
	var privilege *PrivilegeError
	if !errors.As(err, &privilege) || privilege.Op != "mlockall" || !strings.HasPrefix(err.Error(), "rt: Setup: locked memory: ") {
		t.Errorf("error %v, want the PrivilegeError of mlockall", err)
	}
	k.unchanged(before)
}

// TestConfineThreadsBornMeanwhile: a thread that another one starts while they
// are confined is found by a later pass, and gets the process's CPUs back,
// whichever CPUs its parent had by then.
func TestConfineThreadsBornMeanwhile(t *testing.T) {
	k := newKernel(t)
	k.newborn = []map[int][]int{{500: {0, 1, 2}}, {501: {0, 1}}, {502: {0, 1, 2}}, {503: {0, 1, 2}}}
	p, err := setUp(ProcessConfig{}, k.system())
	if err != nil {
		t.Fatal(err)
	}
	for tid, cpus := range k.state.affinity {
		if !slices.Equal(cpus, []int{0, 1}) {
			t.Errorf("thread %d runs on %v, want 0 and 1", tid, cpus)
		}
	}
	k.newborn = []map[int][]int{{600: {0, 1}}, {601: {0, 1}}}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for tid, want := range map[int][]int{callingThread: {0, 1, 2}, 101: {0, 1, 2}, 102: {1, 2}, 500: {0, 1, 2}, 501: {0, 1, 2}, 502: {0, 1, 2}, 503: {0, 1, 2}, 600: {0, 1, 2}, 601: {0, 1, 2}} {
		if got := k.state.affinity[tid]; !slices.Equal(got, want) {
			t.Errorf("thread %d runs on %v after Close, want %v", tid, got, want)
		}
	}
}

// TestMemoryLockedBefore: unlocking would take away what others locked.
func TestMemoryLockedBefore(t *testing.T) {
	k := newKernel(t)
	s := k.system()
	s.LockedMemory = func() (int, error) { return 64, nil }
	p, err := setUp(ProcessConfig{}, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(k.calls, "unlock memory") {
		t.Error("Close unlocked memory that was locked before Setup")
	}
}

func TestSetupElsewhere(t *testing.T) {
	k := newKernel(t)
	s := k.system()
	s.OS = "darwin"
	k.refuse["get affinity"], k.refuse["locked memory"], k.refuse["open latency"] = ErrUnsupported, ErrUnsupported, ErrUnsupported
	before := k.state.clone()
	p, err := setUp(ProcessConfig{}, s)
	if err != nil {
		t.Fatal(err)
	}
	want := `GOMAXPROCS: 3 → 3 (the number of CPUs is unknown on darwin: unsupported operation)
garbage collector: 100% → off
locked memory: unknown → unknown (the size of locked memory cannot be read: unsupported operation)
/dev/cpu_dma_latency: not held → not held (unsupported operation)
affinity of other threads: unknown → unknown (affinity on darwin: unsupported operation)
`
	if got := applied(p); got != want {
		t.Errorf("Applied\n%s\nwant\n%s", got, want)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	k.unchanged(before)
}

func TestCPUList(t *testing.T) {
	for _, c := range []struct {
		list string
		want []int
		back string
	}{
		{"0", []int{0}, "0"}, {"0-3", []int{0, 1, 2, 3}, "0-3"}, {"0-1,4,6-7", []int{0, 1, 4, 6, 7}, "0-1,4,6-7"}, {"", nil, "none"},
	} {
		got, err := procfs.ParseCPUList(c.list)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("procfs.ParseCPUList(%q) = %v, %v; want %v", c.list, got, err, c.want)
		}
		if back := procfs.FormatCPUList(got); back != c.back {
			t.Errorf("procfs.FormatCPUList(%v) = %q, want %q", got, back, c.back)
		}
	}
	for _, list := range []string{"x", "1-", "-1", "3-1", "0,,1", "99999999999", "0 "} {
		if got, err := procfs.ParseCPUList(list); err == nil {
			t.Errorf("procfs.ParseCPUList(%q) = %v, want an error", list, got)
		}
	}
}

func FuzzParseCPUList(f *testing.F) {
	for _, list := range []string{"0", "0-3", "0-1,4,6-7", "", "1-", "9-1", "65535"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		cpus, err := procfs.ParseCPUList(list)
		if err != nil || !slices.IsSorted(cpus) || len(slices.Compact(slices.Clone(cpus))) != len(cpus) {
			return // only the kernel's own, sorted form reads back as it was
		}
		if len(cpus) == 0 {
			return
		}
		again, err := procfs.ParseCPUList(procfs.FormatCPUList(cpus))
		if err != nil || !slices.Equal(again, cpus) {
			t.Errorf("%q: %v reads back as %v, %v", list, cpus, again, err)
		}
	})
}
