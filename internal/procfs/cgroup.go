package procfs

import "strings"

// Group is the path of the control group in which a controller of the first
// cgroup version puts the process, from the text of /proc/PID/cgroup.
func Group(text, controller string) (path string, ok bool) {
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
