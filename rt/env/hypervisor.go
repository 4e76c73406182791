package env

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/internal/procfs"
)

var hostChecks = []check{
	{
		id: "host.hypervisor", want: "none", who: Hypervisor,
		fix:     "measure on the hardware that will do the work: a virtual machine's tail belongs to its host",
		inspect: hypervisor,
	},
	{
		id: "host.steal", want: "0 since boot", who: Hypervisor,
		fix:     "ask the host for CPUs of the machine's own (dedicated, pinned)",
		inspect: stolen,
	},
}

// hypervisor reads the CPU flag by which x86 hypervisors show themselves. Other
// architectures have no such flag, so its absence there says nothing.
func hypervisor(m machine) (string, Status, error) {
	text, err := m.text("proc/cpuinfo")
	if err != nil {
		return "", Unknown, err
	}
	flags, ok := procfs.Field(text, "flags")
	if !ok {
		return "", Unknown, fmt.Errorf("/proc/cpuinfo: no flags")
	}
	if !slices.Contains(strings.Fields(flags), "hypervisor") {
		return "none", OK, nil
	}
	return m.vendor(), Warn, nil
}

// vendor is the name that the firmware gives the machine, if it can be read.
func (m machine) vendor() string {
	for _, path := range []string{"sys/class/dmi/id/sys_vendor", "sys/hypervisor/type"} {
		if name, err := m.word(path); err == nil {
			return name
		}
	}
	return "present"
}

func stolen(m machine) (string, Status, error) {
	t, err := ReadCPUTime(m.root)
	if err != nil {
		return "", Unknown, err
	}
	if t.Total == 0 {
		return "", Unknown, fmt.Errorf("/proc/stat: no time has passed")
	}
	return fmt.Sprintf("%.2g%%", 100*t.StealSince(CPUTime{})), okIf(t.Steal == 0, Warn), nil
}
