package procfs

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseCPUList reads the kernel's list format, "0-2,7", which is in order and holds
// each CPU once. An empty list, which some files write as "(null)", is legal.
func ParseCPUList(list string) ([]int, error) {
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
		if err1 != nil || err2 != nil || hi < lo || len(cpus) > 0 && int(lo) <= cpus[len(cpus)-1] {
			return nil, fmt.Errorf("%q is not a CPU list", list)
		}
		for cpu := lo; cpu <= hi; cpu++ {
			cpus = append(cpus, int(cpu))
		}
	}
	return cpus, nil
}

// FormatCPUList writes sorted CPUs in the kernel's list format; "none" when there
// are none.
func FormatCPUList(cpus []int) string {
	if len(cpus) == 0 {
		return "none"
	}
	var parts []string
	for i := 0; i < len(cpus); {
		j := i
		for j+1 < len(cpus) && cpus[j+1] == cpus[j]+1 {
			j++
		}
		part := strconv.Itoa(cpus[i])
		if j > i {
			part += "-" + strconv.Itoa(cpus[j])
		}
		parts, i = append(parts, part), j+1
	}
	return strings.Join(parts, ",")
}
