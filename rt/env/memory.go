package env

import (
	"fmt"
	"strings"
)

var memoryChecks = []check{
	{
		id: "memory.swap", want: "none", who: Root,
		fix:     "swapoff -a, or lock the program's pages (package rt does where it may)",
		inspect: swap,
	},
	{
		id: "memory.transparent_hugepages", want: "madvise or never", who: Root,
		fix:     "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: the kernel otherwise moves pages under running programs",
		inspect: hugePages,
	},
	{
		id: "memory.ksm", want: "0", who: Root,
		fix:     "echo 0 > /sys/kernel/mm/ksm/run",
		inspect: expect("sys/kernel/mm/ksm/run", Warn, "0"),
	},
	{
		id: "memory.numa_balancing", want: "0", who: Root,
		fix:     "sysctl kernel.numa_balancing=0: it unmaps pages to see who touches them",
		inspect: expect("proc/sys/kernel/numa_balancing", Warn, "0"),
	},
	{
		id: "memory.stat_interval", want: "≥ 10 s", who: Root,
		fix:     "sysctl vm.stat_interval=120: each interval wakes a kernel thread on every CPU",
		inspect: statInterval,
	},
}

func swap(m machine) (string, Status, error) {
	text, err := m.text("proc/swaps")
	if err != nil {
		return "", Unknown, err
	}
	header, areas, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(header, "Filename") {
		return "", Unknown, fmt.Errorf("/proc/swaps: no table")
	}
	if areas == "" {
		return "none", OK, nil
	}
	return strings.Fields(areas)[0], Warn, nil
}

func hugePages(m machine) (string, Status, error) {
	text, err := m.word("sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil {
		return "", Unknown, err
	}
	choice, err := parseChoice(text)
	if err != nil {
		return "", Unknown, err
	}
	return choice, okIf(choice == "madvise" || choice == "never", Warn), nil
}

func statInterval(m machine) (string, Status, error) {
	seconds, err := m.number("proc/sys/vm/stat_interval")
	if err != nil {
		return "", Unknown, err
	}
	return fmt.Sprintf("%d s", seconds), okIf(seconds >= 10, Warn), nil
}
