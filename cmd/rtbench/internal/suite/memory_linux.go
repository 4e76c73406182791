package suite

import (
	"fmt"
	"os"
	"strings"
)

// freeMemory is what the kernel can give without swapping, in bytes; 0 when it
// does not say.
func freeMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(info), "MemAvailable:")
	var kB int64
	if _, err := fmt.Sscan(line, &kB); err != nil {
		return 0
	}
	return kB << 10
}
