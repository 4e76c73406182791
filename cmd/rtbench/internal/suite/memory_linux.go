package suite

import (
	"os"

	"github.com/memkit-go/memkit/internal/procfs"
)

// freeMemory is what the kernel can give without swapping, in bytes; 0 when it
// does not say.
func freeMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return procfs.AvailableMemory(string(info))
}
