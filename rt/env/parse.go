package env

import (
	"fmt"
	"strconv"
	"strings"
)

// parseCPUList reads the kernel's list format, "0-2,7". An empty list is legal.
func parseCPUList(list string) ([]int, error) {
	var cpus []int
	if list == "" || list == "(null)" {
		return nil, nil
	}
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		lo, err1 := strconv.ParseUint(first, 10, 16)
		hi, err2 := strconv.ParseUint(last, 10, 16)
		if err1 != nil || err2 != nil || hi < lo {
			return nil, fmt.Errorf("%q is not a CPU list", list)
		}
		for cpu := lo; cpu <= hi; cpu++ {
			cpus = append(cpus, int(cpu))
		}
	}
	return cpus, nil
}

// parseField finds "name:	value" among the lines of text.
func parseField(text, name string) (value string, ok bool) {
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// parseMask reads a bit mask in hexadecimal.
func parseMask(text string) (uint64, error) { return strconv.ParseUint(text, 16, 64) }

// parseLimit finds a soft limit in the table of /proc/self/limits.
func parseLimit(text, name string) (value uint64, unlimited bool, err error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name+" ")
		if !ok {
			continue
		}
		columns := strings.Fields(rest)
		if len(columns) == 0 {
			break
		}
		if columns[0] == "unlimited" {
			return 0, true, nil
		}
		value, err = strconv.ParseUint(columns[0], 10, 64)
		if err != nil {
			return 0, false, fmt.Errorf("%s: %q is not a number", name, columns[0])
		}
		return value, false, nil
	}
	return 0, false, fmt.Errorf("no limit %q", name)
}

// parseChoice is the chosen word of "always [madvise] never".
func parseChoice(text string) (string, error) {
	for word := range strings.FieldsSeq(text) {
		if inner, ok := strings.CutPrefix(word, "["); ok && len(inner) > 1 && strings.HasSuffix(inner, "]") {
			return strings.TrimSuffix(inner, "]"), nil
		}
	}
	return "", fmt.Errorf("%q chooses nothing", text)
}

// parseGroup is the path of the control group that a controller of the first
// cgroup version puts the process in, from /proc/self/cgroup.
func parseGroup(text, controller string) (path string, ok bool) {
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 || !strings.HasPrefix(fields[2], "/") {
			continue
		}
		for name := range strings.SplitSeq(fields[1], ",") {
			if name == controller {
				return fields[2], true
			}
		}
	}
	return "", false
}

// parsePreemption is the preemption model that a kernel's version names.
func parsePreemption(version string) string {
	for word := range strings.FieldsSeq(version) {
		if strings.HasPrefix(word, "PREEMPT") {
			return word
		}
	}
	return "none named"
}

// parseCPUTime reads the first line of /proc/stat: user, nice, system, idle,
// iowait, irq, softirq, steal, in clock ticks. The guest times that follow are
// contained in user and nice.
func parseCPUTime(text string) (CPUTime, error) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return CPUTime{}, fmt.Errorf("/proc/stat: %.40q has no eight times of all CPUs", line)
	}
	var t CPUTime
	for _, field := range fields[1:9] {
		ticks, err := strconv.ParseUint(field, 10, 63)
		if err != nil {
			return CPUTime{}, fmt.Errorf("/proc/stat: %.40q is not a time", field)
		}
		t.Total, t.Steal = t.Total+ticks, ticks
	}
	return t, nil
}
