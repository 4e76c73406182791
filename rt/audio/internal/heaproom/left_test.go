package heaproom

import (
	"math"
	"testing"
	"testing/fstest"
)

// TestMemoryLeft: the tightest of the machine and the groups counts, those above too.
func TestMemoryLeft(t *testing.T) {
	const none = math.MaxInt64
	machine := "MemAvailable:    9000 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing known": {map[string]string{}, none},
		"a machine":     {map[string]string{"proc/meminfo": machine}, 9000 << 10},
		"version 2": {map[string]string{
			"proc/meminfo": machine, "proc/self/cgroup": "0::/app/web\n",
			"sys/fs/cgroup/app/web/memory.max": "4000\n", "sys/fs/cgroup/app/web/memory.current": "1500\n",
			"sys/fs/cgroup/app/web/memory.stat": "anon 900\ninactive_file 500\nactive_file 100\n",
		}, 3000},
		"version 2, a group above": {map[string]string{
			"proc/self/cgroup":                 "0::/app/web\n",
			"sys/fs/cgroup/app/web/memory.max": "max\n", "sys/fs/cgroup/app/web/memory.current": "1500\n",
			"sys/fs/cgroup/app/memory.max": "2000\n", "sys/fs/cgroup/app/memory.current": "1600\n",
		}, 400},
		"version 2, a container": {map[string]string{
			"proc/self/cgroup":         "0::/../elsewhere\n",
			"sys/fs/cgroup/memory.max": "800\n", "sys/fs/cgroup/memory.current": "900\n",
		}, 0},
		"version 1": {map[string]string{
			"proc/self/cgroup": "5:cpu,memory:/docker/abc\n1:name=systemd:/\n",
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "7000\n",
			"sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes": "5000\n",
			"sys/fs/cgroup/memory/docker/abc/memory.stat":           "inactive_file 4\ntotal_inactive_file 6000\n",
		}, 7000},
		"version 1, without a limit": {map[string]string{
			"proc/meminfo": machine, "proc/self/cgroup": "5:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "5000\n",
		}, 9000 << 10},
		"no numbers": {map[string]string{
			"proc/self/cgroup":         "0::/\n",
			"sys/fs/cgroup/memory.max": "-5\n", "sys/fs/cgroup/memory.current": "many\n",
		}, none},
	} {
		root := fstest.MapFS{}
		for file, text := range c.files {
			root[file] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := memoryLeft(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
