package suite

import (
	"os"
	"strconv"
	"strings"

	"github.com/memkit-go/memkit/internal/procfs"
)

// freeMemory is what the kernel can give without swapping, in bytes; 0 when it
// does not say.
func freeMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	value, _ := procfs.Field(string(info), "MemAvailable")
	kB, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kB << 10
}
