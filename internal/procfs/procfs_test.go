package procfs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestCPUList(t *testing.T) {
	for _, c := range []struct {
		list string
		want []int
		ok   bool
	}{
		{"", nil, true}, {"(null)", nil, true}, {"0", []int{0}, true},
		{"0-2,7", []int{0, 1, 2, 7}, true}, {"3-3,65535", []int{3, 65535}, true},
		{"2-1", nil, false}, {"65536", nil, false}, {"-1", nil, false}, {"1,", nil, false}, {"a", nil, false}, {"1 ", nil, false}, {"1,0", nil, false}, {"0-2,2", nil, false},
	} {
		got, err := ParseCPUList(c.list)
		if !slices.Equal(got, c.want) && c.ok || (err == nil) != c.ok {
			t.Errorf("ParseCPUList(%q) = %v, %v; want %v, valid %v", c.list, got, err, c.want, c.ok)
		}
	}
	for _, c := range []struct {
		cpus []int
		want string
	}{{nil, "none"}, {[]int{3}, "3"}, {[]int{0, 1, 2, 7}, "0-2,7"}, {[]int{0, 2, 3}, "0,2-3"}} {
		if got := FormatCPUList(c.cpus); got != c.want {
			t.Errorf("FormatCPUList(%v) = %q, want %q", c.cpus, got, c.want)
		}
	}
}

func TestField(t *testing.T) {
	const text = "Name:\ta: b\nCapEff:\t00000000a80425fb\nCpus_allowed_list:\t0-1\n"
	for name, want := range map[string]string{"Name": "a: b", "CapEff": "00000000a80425fb", "Cpus_allowed_list": "0-1"} {
		if got, ok := Field(text, name); got != want || !ok {
			t.Errorf("Field(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "Cap", "Cpus_allowed", "Nam"} {
		if got, ok := Field(text, name); ok {
			t.Errorf("Field(%q) = %q, want none", name, got)
		}
	}
}

func TestGroup(t *testing.T) {
	const text = "5:memory:/m\n3:cpu,cpuacct:/user.slice/x:y\n2:cpuset:relative\n0::/unified\n"
	for controller, want := range map[string]string{"memory": "/m", "cpu": "/user.slice/x:y", "cpuacct": "/user.slice/x:y", "cpuset": "", "io": ""} {
		if got, ok := Group(text, controller); got != want || ok != (want != "") {
			t.Errorf("Group(%q) = %q, %v; want %q", controller, got, ok, want)
		}
	}
}

const stat = "cpu  10430 0 4685 144553 514 0 89 136 3 0\ncpu0 4878 0 1964 73210 50 0 7 62 0 0\ncpu10 1 2 3 4 5 6 7 8 9 9\nintr 5 6\ncpu1 1 1 1 1 1 1 1 1\n"

func TestCPUTime(t *testing.T) {
	for _, c := range []struct {
		stat string
		cpu  int
		want CPUTime
		ok   bool
	}{
		{stat, AllCPUs, CPUTime{160407, 136}, true},
		{stat, 0, CPUTime{80171, 62}, true},
		{stat, 10, CPUTime{36, 8}, true},
		{stat, 1, CPUTime{}, false}, // offline; the lines of the CPUs come first
		{stat, 100, CPUTime{}, false},
		{"cpu  1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7 8\n", AllCPUs, CPUTime{}, false}, // before Linux 2.6.11
		{"cpu  1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7 8\n", 0, CPUTime{36, 8}, true},
		{"cpu  1 2 3 4 5 6 7 8", AllCPUs, CPUTime{}, false}, // cut short: the number may go on
		{"cpu  1 2 3 4 5 6 7 8 9", AllCPUs, CPUTime{}, false},
		{"cpu  1 2 3 4 5 6 7 1000000000000000000 0\n", AllCPUs, CPUTime{}, false},
		{"cpu  1 2 3 -4 5 6 7 8\n", AllCPUs, CPUTime{}, false},
		{"intr 5 6\n", AllCPUs, CPUTime{}, false}, {"", AllCPUs, CPUTime{}, false},
	} {
		if got, ok := ParseCPUTime([]byte(c.stat), c.cpu); got != c.want || ok != c.ok {
			t.Errorf("ParseCPUTime(%q, %d) = %+v, %v; want %+v, %v", c.stat, c.cpu, got, ok, c.want, c.ok)
		}
	}
	text := []byte(stat)
	if n := testing.AllocsPerRun(100, func() { ParseCPUTime(text, 10) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if got := (CPUTime{Steal: 999999999999999999}).StealTime(); got != math.MaxInt64 {
		t.Errorf("StealTime = %v, want the longest", got)
	}
	if got := (CPUTime{Steal: 3}).StealTime(); got != 3*Tick {
		t.Errorf("StealTime = %v, want %v", got, 3*Tick)
	}
}

func TestSchedstat(t *testing.T) {
	for _, c := range []struct {
		text string
		want Schedstat
		ok   bool
	}{
		{"837896 74662 3\n", Schedstat{837896, 74662}, true},
		{"0 0 0\n", Schedstat{}, true},
		{"999999999999999999 5 1\n", Schedstat{999999999999999999, 5}, true},
		{"1000000000000000000 5 1\n", Schedstat{}, false}, // 31 years
		{"", Schedstat{}, false}, {"12", Schedstat{}, false}, {"12 34", Schedstat{}, false},
		{" 1 2 ", Schedstat{}, false}, {"-1 2 3", Schedstat{}, false},
	} {
		if got, ok := ParseSchedstat([]byte(c.text)); ok != c.ok || got != c.want {
			t.Errorf("ParseSchedstat(%q) = %v, %v; want %v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
	text := []byte("837896 74662 3\n")
	if n := testing.AllocsPerRun(100, func() { ParseSchedstat(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func threadStat(name string, priority, policy any) string {
	return fmt.Sprintf("7 (%s) S%s %v %v 0 0\n", name, strings.Repeat(" 1", 36), priority, policy)
}

func TestScheduling(t *testing.T) {
	if policy, priority, err := ParseScheduling(threadStat("a) R (b", 80, 1)); policy != 1 || priority != 80 || err != nil {
		t.Errorf("policy %d, priority %d, %v", policy, priority, err)
	}
	for _, text := range []string{"", "7 (x) S 1 2", threadStat("x", 100, 1), threadStat("x", -1, 1), threadStat("x", 1, "y")} {
		if policy, priority, err := ParseScheduling(text); err == nil {
			t.Errorf("ParseScheduling(%q) = %d, %d", text, policy, priority)
		}
	}
}

// FuzzParsers feeds one text to every parser: none may panic, return a value
// together with an error, or return a value that is not in the text.
func FuzzParsers(f *testing.F) {
	for _, text := range []string{
		stat, "0-2,7", "(null)", "Name:\tx\nCapEff:\tff\n", "3:cpu,cpuacct:/a\n", "837896 74662 3\n",
		threadStat("x", 80, 1), "cpu 1 2 3 4 5 6 7 -8 9\n", "9999999999999999999 1 1\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if cpus, err := ParseCPUList(text); err == nil && len(cpus) > 0 {
			again, err := ParseCPUList(FormatCPUList(cpus))
			if err != nil || !slices.Equal(again, cpus) {
				t.Errorf("CPU list %q: %v, written and read again %v, %v", text, cpus, again, err)
			}
		}
		if value, ok := Field(text, "CapEff"); ok && !strings.Contains(text, value) {
			t.Errorf("field %q of %q", value, text)
		}
		if path, ok := Group(text, "cpu"); ok && !strings.HasPrefix(path, "/") {
			t.Errorf("group %q of %q", path, text)
		}
		for _, cpu := range []int{AllCPUs, 0, 3} {
			if c, ok := ParseCPUTime([]byte(text), cpu); c.Steal < 0 || c.Total < c.Steal || c.StealTime() < 0 || !ok && c != (CPUTime{}) {
				t.Errorf("times %+v of %q", c, text)
			}
		}
		if s, ok := ParseSchedstat([]byte(text)); ok {
			fields := strings.Fields(text)
			ran, err1 := strconv.ParseInt(fields[0], 10, 64)
			waited, err2 := strconv.ParseInt(fields[1], 10, 64)
			if err1 != nil || err2 != nil || ran != s.Ran || waited != s.Waited {
				t.Errorf("schedstat %+v of %q; strconv reads %d and %d", s, text, ran, waited)
			}
		}
		if policy, priority, err := ParseScheduling(text); err == nil && (priority < 0 || priority > 99 || policy < 0 || policy > 255) {
			t.Errorf("policy %d, priority %d of %q", policy, priority, text)
		}
	})
}

func TestAvailableMemory(t *testing.T) {
	for text, want := range map[string]int64{
		"MemTotal:       8000 kB\nMemAvailable:    2048 kB\n": 2 << 20,
		"MemTotal: 8000 kB\n":                    0,
		"MemAvailable: many kB\n":                0,
		"MemAvailable: -1 kB\n":                  0,
		"MemAvailable: 9223372036854775807 kB\n": 0,
	} {
		if got := AvailableMemory(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
