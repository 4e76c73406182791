package env

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Setting is a file of the running system that should have another content.
type Setting struct {
	// ID of the check that it belongs to.
	ID string `json:"id"`
	// Path below the root, "proc/sys/kernel/timer_migration".
	Path string `json:"path"`
	// Value that it has, and Want that it should have, both as they are written
	// to it.
	Value string `json:"value"`
	Want  string `json:"want"`
}

// Plan lists the settings of the machine under root that are not as the checks
// want them, and that can be changed, and changed back, while it runs. What
// cannot be read is left alone, and so is what cannot be taken back exactly:
// switching off SMT takes CPUs away from whoever runs on them, and swapoff moves
// gigabytes.
func Plan(root fs.FS) []Setting {
	m := machine{root}
	var plan []Setting
	for _, p := range []struct {
		id    string
		found func() []Setting
	}{
		{"kernel.rt_throttling", m.planThrottling},
		{"kernel.timer_migration", m.planWord("proc/sys/kernel/timer_migration", "0")},
		{"kernel.watchdog", m.planWatchdog},
		{"cpu.governor", m.planGovernors},
		{"irq.affinity", m.planInterrupts},
		{"memory.transparent_hugepages", m.planHugePages},
		{"memory.ksm", m.planWord("sys/kernel/mm/ksm/run", "0")},
		{"memory.numa_balancing", m.planWord("proc/sys/kernel/numa_balancing", "0")},
		{"memory.stat_interval", m.planStatInterval},
	} {
		for _, s := range p.found() {
			if s.Value != s.Want {
				s.ID = p.id
				plan = append(plan, s)
			}
		}
	}
	return plan
}

// Current is the content of a setting's file as it would be written to it.
func (s Setting) Current(root fs.FS) (string, error) {
	text, err := machine{root}.word(s.Path)
	if err != nil {
		return "", err
	}
	if strings.Contains(text, "[") {
		return parseChoice(text)
	}
	return text, nil
}

// planWord wants a numeric file to hold want.
func (m machine) planWord(path, want string) func() []Setting {
	return func() []Setting {
		if _, err := m.number(path); err != nil {
			return nil
		}
		text, err := m.word(path)
		if err != nil {
			return nil
		}
		return []Setting{{Path: path, Value: text, Want: want}}
	}
}

// planThrottling gives real-time threads the kernel's default share, where they
// have less.
func (m machine) planThrottling() []Setting {
	const path = "proc/sys/kernel/sched_rt_runtime_us"
	_, status, err := throttling(m)
	period, err2 := m.number("proc/sys/kernel/sched_rt_period_us")
	if err != nil || err2 != nil || status == OK || period <= 0 {
		return nil
	}
	return m.planWord(path, fmt.Sprint(period/20*19))()
}

func (m machine) planWatchdog() []Setting {
	const path = "proc/sys/kernel/watchdog_cpumask"
	if _, status, err := watchdog(m); err != nil || status == OK {
		return nil
	}
	return m.planOtherCPUs(path)
}

func (m machine) planInterrupts() []Setting {
	files, _ := fs.Glob(m.root, "proc/irq/[0-9]*/smp_affinity_list")
	slices.SortFunc(files, func(a, b string) int { return number(a) - number(b) })
	var plan []Setting
	for _, file := range files {
		plan = append(plan, m.planOtherCPUs(file)...)
	}
	return plan
}

// number is an interrupt's, from its path.
func number(file string) int {
	n, _ := strconv.Atoi(path.Base(path.Dir(file)))
	return n
}

// planOtherCPUs takes the loops' CPUs out of a list; where none are left, all the
// others come in.
func (m machine) planOtherCPUs(path string) []Setting {
	text, err1 := m.word(path)
	cpus, err2 := m.cpus(path)
	loops, err3 := m.loopCPUs()
	online, err4 := m.cpus(cpuDir + "online")
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return nil
	}
	isLoop := func(cpu int) bool { return slices.Contains(loops, cpu) }
	if !slices.ContainsFunc(cpus, isLoop) {
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(cpus), isLoop)
	if len(others) == 0 {
		others = slices.DeleteFunc(online, isLoop)
	}
	if len(others) == 0 {
		return nil // the machine has one CPU
	}
	return []Setting{{Path: path, Value: text, Want: formatCPUList(others)}}
}

func (m machine) planGovernors() []Setting {
	const performance = "performance"
	files, _ := fs.Glob(m.root, cpuDir+"cpu[0-9]*/cpufreq/scaling_governor")
	var plan []Setting
	for _, file := range files {
		text, err := m.word(file)
		if err != nil {
			continue
		}
		available, err := m.word(path.Join(path.Dir(file), "scaling_available_governors"))
		if err == nil && !slices.Contains(strings.Fields(available), performance) {
			continue
		}
		plan = append(plan, Setting{Path: file, Value: text, Want: performance})
	}
	return plan
}

func (m machine) planHugePages() []Setting {
	choice, status, err := hugePages(m)
	if err != nil || status == OK {
		return nil
	}
	return []Setting{{Path: "sys/kernel/mm/transparent_hugepage/enabled", Value: choice, Want: "madvise"}}
}

func (m machine) planStatInterval() []Setting {
	if _, status, err := statInterval(m); err != nil || status == OK {
		return nil
	}
	return m.planWord("proc/sys/vm/stat_interval", "120")()
}

// formatCPUList writes the kernel's list format, "0-2,7".
func formatCPUList(cpus []int) string {
	cpus = slices.Compact(slices.Sorted(slices.Values(cpus)))
	var parts []string
	for i := 0; i < len(cpus); {
		j := i
		for j+1 < len(cpus) && cpus[j+1] == cpus[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(cpus[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", cpus[i], cpus[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}
