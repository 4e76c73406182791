// Package throttle reads how often a control group's CPU quota has stopped its
// processes. A quota does not show in any latency's cause: threads simply do not run
// until the next period of the group.
package throttle

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
)

// Count is what a group's quota has done so far.
type Count struct {
	// Periods in which the group was stopped, and for how long in all.
	Periods int64
	Time    time.Duration
	// Quota is the CPU time that the group may take in each Period of the quota;
	// 0 for no limit.
	Quota, Period time.Duration
}

// Since is what the quota did after an earlier count.
func (c Count) Since(before Count) Count {
	c.Periods -= before.Periods
	c.Time -= before.Time
	return c
}

// String is "50ms of CPU time in each 100ms; stopped 3 times, for 120ms in all".
func (c Count) String() string {
	quota := "no quota"
	if c.Quota > 0 {
		quota = fmt.Sprintf("%v of CPU time in each %v", c.Quota, c.Period)
	}
	return fmt.Sprintf("%s; stopped %d times, for %v in all", quota, c.Periods, c.Time)
}

// Read reads the count of this process's group; root is the machine's files. It
// answers false where there is no CPU controller to read.
func Read(root fs.FS) (Count, bool) {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return Count{}, false
	}
	if group, ok := procfs.Group(string(text), "cpu"); ok {
		if c, ok := readV1(root, group); ok {
			return c, true
		}
	}
	return readV2(root, string(text))
}

// readV1 reads the first version of control groups.
func readV1(root fs.FS, group string) (c Count, ok bool) {
	for _, mount := range []string{"cpu", "cpu,cpuacct"} {
		// In a container the group's own directory may be the mount itself.
		for _, dir := range []string{"sys/fs/cgroup/" + mount + strings.TrimSuffix(group, "/"), "sys/fs/cgroup/" + mount} {
			stat, err := fs.ReadFile(root, dir+"/cpu.stat")
			if err != nil {
				continue
			}
			c.Periods, _ = value(string(stat), "nr_throttled")
			stopped, _ := value(string(stat), "throttled_time")
			c.Time = time.Duration(stopped)
			c.Quota = micros(root, dir+"/cpu.cfs_quota_us")
			c.Period = micros(root, dir+"/cpu.cfs_period_us")
			return c, true
		}
	}
	return c, false
}

// readV2 reads the second version. Every group above may have a quota too; the one
// that the process is in tells of its own.
func readV2(root fs.FS, text string) (c Count, ok bool) {
	for line := range strings.Lines(text) {
		group, found := strings.CutPrefix(strings.TrimSpace(line), "0::/")
		if !found {
			continue
		}
		dir := strings.TrimSuffix("sys/fs/cgroup/"+group, "/")
		stat, err := fs.ReadFile(root, dir+"/cpu.stat")
		if err != nil {
			return c, false
		}
		var told bool
		if c.Periods, told = value(string(stat), "nr_throttled"); !told {
			return c, false // the controller is off in this group
		}
		stopped, _ := value(string(stat), "throttled_usec")
		c.Time = time.Duration(stopped) * time.Microsecond
		if limit, err := fs.ReadFile(root, dir+"/cpu.max"); err == nil {
			if fields := strings.Fields(string(limit)); len(fields) == 2 {
				c.Quota, c.Period = parseMicros(fields[0]), parseMicros(fields[1])
			}
		}
		return c, true
	}
	return c, false
}

// value finds a line "name value".
func value(text, name string) (int64, bool) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return v, err == nil && v >= 0
		}
	}
	return 0, false
}

func micros(root fs.FS, path string) time.Duration {
	text, err := fs.ReadFile(root, path)
	if err != nil {
		return 0
	}
	return parseMicros(strings.TrimSpace(string(text)))
}

// parseMicros is 0 for no limit: "max", or -1 in the first version.
func parseMicros(text string) time.Duration {
	const most = int64(1<<63-1) / int64(time.Microsecond)
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 0 || v > most {
		return 0
	}
	return time.Duration(v) * time.Microsecond
}
