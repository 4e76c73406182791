package procfs

import (
	"strconv"
	"strings"
)

// AvailableMemory is how many bytes the kernel can give without swapping, by the text
// of /proc/meminfo; 0 where it does not say.
func AvailableMemory(meminfo string) int64 {
	value, _ := Field(meminfo, "MemAvailable")
	kB, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
	if err != nil || kB < 0 || kB > 1<<53 {
		return 0
	}
	return kB << 10
}
