package heaproom

import (
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/memkit-go/memkit/internal/procfs"
)

// memoryLeft is how many bytes more this process may use before the machine or one of its
// control groups is out of memory; root is the machine's files. It is the largest number
// where nothing limits it, or nothing is known.
func memoryLeft(root fs.FS) int64 {
	left := int64(math.MaxInt64)
	if available := procfs.AvailableMemory(read(root, "proc/meminfo")); available > 0 {
		left = available
	}
	groups := read(root, "proc/self/cgroup")
	for _, v := range versions {
		group, ok := procfs.Group(groups, v.controller)
		// In a container the group's own directory may be the mount itself.
		for dir := group; ok; dir = path.Dir(dir) {
			left = min(left, v.left(root, v.mount+strings.TrimSuffix(dir, "/")+"/"))
			ok = dir != "/"
		}
	}
	return left
}

// version is a version of control groups, and how it names what they say of memory.
type version struct{ controller, mount, limit, usage, cache string }

var versions = []version{
	{"memory", "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
	{"", "sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"},
}

// left is what a group may use more. Files that no one has read for long count as used,
// and the kernel drops them for others.
func (v version) left(root fs.FS, dir string) int64 {
	limit, limited := number(read(root, dir+v.limit))
	usage, known := number(read(root, dir+v.usage))
	if !limited || !known {
		return math.MaxInt64
	}
	for line := range strings.Lines(read(root, dir+"memory.stat")) {
		if value, ok := strings.CutPrefix(line, v.cache+" "); ok {
			cache, _ := number(value)
			usage -= min(cache, usage)
		}
	}
	return max(0, limit-usage)
}

func read(root fs.FS, name string) string {
	text, _ := fs.ReadFile(root, name)
	return string(text)
}

// number parses a whole number that is not negative; "max" is none.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n, err == nil && n >= 0
}
