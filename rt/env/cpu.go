package env

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

const cpuDir = "sys/devices/system/cpu/"

var cpuChecks = []check{
	{
		id: "cpu.isolated", want: "the loops' CPUs", who: Boot,
		fix:     "boot with isolcpus=… , or keep other processes off by cpusets; package rt confines only its own process",
		inspect: listed(cpuDir + "isolated"),
	},
	{
		id: "cpu.nohz_full", want: "the loops' CPUs", who: Boot,
		fix:     "boot with nohz_full=… rcu_nocbs=… , which stops the tick while one thread runs",
		inspect: listed(cpuDir + "nohz_full"),
	},
	{
		id: "cpu.smt", want: "0: no CPU shares its core", who: Root,
		fix:     "echo off > /sys/devices/system/cpu/smt/control",
		inspect: expect(cpuDir+"smt/active", Warn, "0"),
	},
	{
		id: "cpu.idle", want: "none, or /dev/cpu_dma_latency held", who: Library,
		fix:     "let package rt hold /dev/cpu_dma_latency (rights.cpu_dma_latency): leaving an idle state delays each wake",
		inspect: expect(cpuDir+"cpuidle/current_driver", Warn, "none"),
	},
	{
		id: "cpu.governor", want: "performance on every CPU", who: Root,
		fix:     "echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
		inspect: governor,
	},
	{
		id: "irq.affinity", want: "no interrupt on the loops' CPUs", who: Root,
		fix:     "write the other CPUs to /proc/irq/*/smp_affinity_list and stop irqbalance; boot with irqaffinity=…",
		inspect: interrupts,
	},
}

// listed inspects a CPU list that should not be empty.
func listed(path string) func(machine) (string, Status, error) {
	return func(m machine) (string, Status, error) {
		cpus, err := m.cpus(path)
		if err != nil {
			return "", Unknown, err
		}
		if len(cpus) == 0 {
			return "none", Warn, nil
		}
		text, err := m.word(path)
		return text, OK, err
	}
}

func governor(m machine) (string, Status, error) {
	files, err := fs.Glob(m.root, cpuDir+"cpu[0-9]*/cpufreq/scaling_governor")
	if err != nil || len(files) == 0 {
		return "", Unknown, fmt.Errorf("/%scpu*/cpufreq/scaling_governor: %w", cpuDir, fs.ErrNotExist)
	}
	slow := ""
	for _, file := range files {
		text, err := m.word(file)
		if err != nil {
			return "", Unknown, err
		}
		if text != "performance" && slow == "" {
			slow = fmt.Sprintf("%s on %s", text, path.Base(path.Dir(path.Dir(file))))
		}
	}
	if slow != "" {
		return slow, Warn, nil
	}
	return "performance", OK, nil
}

// interrupts counts those that may be delivered to a loop's CPU.
func interrupts(m machine) (string, Status, error) {
	loops, err := m.loopCPUs()
	if err != nil {
		return "", Unknown, err
	}
	files, err := fs.Glob(m.root, "proc/irq/[0-9]*/smp_affinity_list")
	if err != nil || len(files) == 0 {
		return "", Unknown, fmt.Errorf("/proc/irq/*/smp_affinity_list: %w", fs.ErrNotExist)
	}
	var near []string
	for _, file := range files {
		cpus, err := m.cpus(file)
		if err != nil {
			return "", Unknown, err
		}
		if _, meets := meet(cpus, loops); meets {
			near = append(near, path.Base(path.Dir(file)))
		}
	}
	value := fmt.Sprintf("%d of %d on CPU %s", len(near), len(files), strings.ReplaceAll(strings.Trim(fmt.Sprint(loops), "[]"), " ", ","))
	return value, okIf(len(near) == 0, Warn), nil
}
