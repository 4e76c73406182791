package env

import (
	"fmt"
	"io/fs"

	"github.com/memkit-go/memkit/internal/procfs"
)

// wantPriority is the SCHED_FIFO priority that package rt uses by default.
const wantPriority = 80

var rightsChecks = []check{
	{
		id: "rights.realtime", want: fmt.Sprintf("CAP_SYS_NICE, or RLIMIT_RTPRIO ≥ %d", wantPriority), who: Root,
		fix:     fmt.Sprintf("run as root, set LimitRTPRIO=%d in the unit, or add \"@realtime - rtprio %d\" to /etc/security/limits.conf", wantPriority, wantPriority),
		inspect: realtimeRight,
	},
	{
		id: "rights.memlock", want: "CAP_IPC_LOCK, or RLIMIT_MEMLOCK unlimited", who: Root,
		fix:     "run as root, set LimitMEMLOCK=infinity in the unit, or add \"@realtime - memlock unlimited\" to /etc/security/limits.conf; a Go program's address space exceeds any small limit",
		inspect: lockRight,
	},
	{
		id: "rights.cpu_dma_latency", want: "/dev/cpu_dma_latency writable", who: Root,
		fix:     "run as root, or let a udev rule give the device to a group: KERNEL==\"cpu_dma_latency\", GROUP=\"realtime\", MODE=\"0660\"",
		inspect: latencyRight,
	},
	{
		id: "rights.cgroup_rt", want: "cpu.rt_runtime_us > 0 in the process's control group", who: Root,
		fix:     "write e.g. 950000 to the group's cpu.rt_runtime_us, parents first, or move the process to the root group",
		inspect: groupBandwidth,
	},
	{
		id: "rights.cpus", want: "2 or more CPUs", who: Root,
		fix:     "widen the cpuset or taskset of the process: a loop needs a CPU of its own, apart from the rest of the program",
		inspect: allowedCPUs,
	},
}

func realtimeRight(m machine) (string, Status, error) {
	if m.capable(capSysNice) {
		return "CAP_SYS_NICE", OK, nil
	}
	limit, unlimited, err := m.limit("Max realtime priority")
	if err != nil {
		return "", Unknown, err
	}
	if unlimited {
		return "RLIMIT_RTPRIO unlimited", OK, nil
	}
	return fmt.Sprintf("RLIMIT_RTPRIO %d", limit), okIf(limit >= wantPriority, Fail), nil
}

func lockRight(m machine) (string, Status, error) {
	if m.capable(capIPCLock) {
		return "CAP_IPC_LOCK", OK, nil
	}
	limit, unlimited, err := m.limit("Max locked memory")
	if err != nil {
		return "", Unknown, err
	}
	if unlimited {
		return "RLIMIT_MEMLOCK unlimited", OK, nil
	}
	return fmt.Sprintf("RLIMIT_MEMLOCK %d kB", limit>>10), Warn, nil
}

func latencyRight(m machine) (string, Status, error) {
	const path = "dev/cpu_dma_latency"
	info, err := fs.Stat(m.root, path)
	if err != nil {
		return "", Unknown, fmt.Errorf("/%s: %w", path, reason(err))
	}
	mode := info.Mode().Perm()
	switch {
	case m.capable(capDACOverride):
		return fmt.Sprintf("mode %04o, CAP_DAC_OVERRIDE", mode), OK, nil
	case mode&0o002 != 0:
		return fmt.Sprintf("mode %04o", mode), OK, nil
	case mode&0o020 != 0:
		return fmt.Sprintf("mode %04o: depends on the user's groups", mode), Unknown, nil
	}
	return fmt.Sprintf("mode %04o", mode), Warn, nil
}

// groupBandwidth matters where the kernel has RT_GROUP_SCHED: a group without
// bandwidth refuses real-time policies even to root. Kernels without it have no
// such file.
func groupBandwidth(m machine) (string, Status, error) {
	text, err := m.text("proc/self/cgroup")
	if err != nil {
		return "", Unknown, err
	}
	group, ok := procfs.Group(text, "cpu")
	if !ok {
		return "", Unknown, fmt.Errorf("no group of the cpu controller (cgroup v1)")
	}
	for _, mount := range []string{"cpu", "cpu,cpuacct"} {
		path := "sys/fs/cgroup/" + mount + group
		if group == "/" {
			path = "sys/fs/cgroup/" + mount
		}
		us, err := m.number(path + "/cpu.rt_runtime_us")
		if err == nil {
			return fmt.Sprintf("%d µs", us), okIf(us != 0, Fail), nil
		}
	}
	return "", Unknown, fmt.Errorf("no cpu.rt_runtime_us in %s", group)
}

func allowedCPUs(m machine) (string, Status, error) {
	list, err := m.status("Cpus_allowed_list")
	if err != nil {
		return "", Unknown, err
	}
	cpus, err := procfs.ParseCPUList(list)
	if err != nil {
		return "", Unknown, err
	}
	return list, okIf(len(cpus) >= 2, Warn), nil
}
