package throttle

import (
	"testing"
	"testing/fstest"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		root fstest.MapFS
		want string
	}{
		"v2": {fstest.MapFS{
			"proc/self/cgroup":              file("0::/user/a\n"),
			"sys/fs/cgroup/user/a/cpu.stat": file("usage_usec 5\nnr_periods 10\nnr_throttled 3\nthrottled_usec 120000\n"),
			"sys/fs/cgroup/user/a/cpu.max":  file("50000 100000\n"),
		}, "50ms of CPU time in each 100ms; stopped 3 times, for 120ms in all"},
		"v2 without a quota": {fstest.MapFS{
			"proc/self/cgroup":       file("0::/\n"),
			"sys/fs/cgroup/cpu.stat": file("nr_throttled 0\nthrottled_usec 0\n"),
			"sys/fs/cgroup/cpu.max":  file("max 100000\n"),
		}, "no quota; stopped 0 times, for 0s in all"},
		"v2 without the controller": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/a\n"),
			"sys/fs/cgroup/a/cpu.stat": file("usage_usec 5\n"),
		}, ""},
		"v1": {fstest.MapFS{
			"proc/self/cgroup":                              file("4:cpu,cpuacct:/a\n1:name=systemd:/\n"),
			"sys/fs/cgroup/cpu,cpuacct/a/cpu.stat":          file("nr_periods 10\nnr_throttled 2\nthrottled_time 7000000\n"),
			"sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us":  file("-1\n"),
			"sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": file("100000\n"),
		}, "no quota; stopped 2 times, for 7ms in all"},
		"v1 in a container": {fstest.MapFS{
			"proc/self/cgroup":                    file("4:cpu:/docker/x\n"),
			"sys/fs/cgroup/cpu/cpu.stat":          file("nr_throttled 2\nthrottled_time 7000000\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":  file("20000\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": file("100000\n"),
		}, "20ms of CPU time in each 100ms; stopped 2 times, for 7ms in all"},
		"nothing": {fstest.MapFS{}, ""},
		"damaged": {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/cpu.stat": file("nr_throttled x\n")}, ""},
	} {
		got := ""
		if count, ok := Read(c.root); ok {
			got = count.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSince(t *testing.T) {
	if got := (Count{Periods: 5, Time: 9}).Since(Count{Periods: 3, Time: 4}); got.Periods != 2 || got.Time != 5 {
		t.Errorf("%+v", got)
	}
}
