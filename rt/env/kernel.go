package env

import "fmt"

var kernelChecks = []check{
	{
		id: "kernel.preempt", want: "PREEMPT_RT", who: Boot,
		fix:     "boot a kernel built with CONFIG_PREEMPT_RT (Debian: linux-image-rt-amd64); without it, long kernel sections delay wakes",
		inspect: preemption,
	},
	{
		id: "kernel.rt_throttling", want: "real-time threads may use ≥ 90% of a period", who: Root,
		fix:     "sysctl kernel.sched_rt_runtime_us=950000",
		inspect: throttling,
	},
	{
		id: "kernel.clocksource", want: "one that is read without a system call (tsc, kvm-clock, hyperv_clocksource_tsc_page, arch_sys_counter)", who: Boot,
		fix:     "boot with tsc=reliable if the hardware's counter is; else every reading of the clock costs a microsecond",
		inspect: clockSource,
	},
	{
		id: "kernel.timer_migration", want: "0", who: Root,
		fix:     "sysctl kernel.timer_migration=0",
		inspect: expect("proc/sys/kernel/timer_migration", Warn, "0"),
	},
	{
		id: "kernel.timerslack", want: "≤ 50000 ns; package rt sets 1 where the policy has slack", who: Library,
		fix:     "start the program without a larger slack (prctl PR_SET_TIMERSLACK)",
		inspect: timerSlack,
	},
	{
		id: "kernel.watchdog", want: "off, or not on the loops' CPUs", who: Root,
		fix:     "sysctl kernel.watchdog=0, or take the loops' CPUs out of /proc/sys/kernel/watchdog_cpumask",
		inspect: watchdog,
	},
}

func preemption(m machine) (string, Status, error) {
	if text, err := m.word("sys/kernel/realtime"); err == nil && text == "1" {
		return "PREEMPT_RT", OK, nil
	}
	version, err := m.word("proc/sys/kernel/version")
	if err != nil {
		return "", Unknown, err
	}
	model := parsePreemption(version)
	return model, okIf(model == "PREEMPT_RT", Warn), nil
}

// throttling compares what real-time threads may use of each period: -1 is all
// of it, 0 refuses the policy.
func throttling(m machine) (string, Status, error) {
	var us [2]int64
	for i, name := range []string{"sched_rt_runtime_us", "sched_rt_period_us"} {
		var err error
		if us[i], err = m.number("proc/sys/kernel/" + name); err != nil {
			return "", Unknown, err
		}
	}
	runtime, period := us[0], us[1]
	value := fmt.Sprintf("%d of %d µs", runtime, period)
	switch {
	case runtime < 0:
		return "not limited", OK, nil
	case runtime == 0 || period <= 0:
		return value, Fail, nil
	}
	return value, okIf(float64(runtime) >= 0.9*float64(period), Warn), nil
}

func clockSource(m machine) (string, Status, error) {
	text, err := m.word("sys/devices/system/clocksource/clocksource0/current_clocksource")
	if err != nil {
		return "", Unknown, err
	}
	switch text {
	case "tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter":
		return text, OK, nil
	case "hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit", "xen":
		return text, Warn, nil
	}
	return text, Unknown, nil
}

func timerSlack(m machine) (string, Status, error) {
	ns, err := m.number("proc/self/timerslack_ns")
	if err != nil {
		return "", Unknown, err
	}
	return fmt.Sprintf("%d ns", ns), okIf(0 <= ns && ns <= 50_000, Warn), nil
}

func watchdog(m machine) (string, Status, error) {
	on, err := m.number("proc/sys/kernel/watchdog")
	if err != nil {
		return "", Unknown, err
	}
	if on == 0 {
		return "off", OK, nil
	}
	watched, err := m.cpus("proc/sys/kernel/watchdog_cpumask")
	if err != nil {
		return "", Unknown, err
	}
	loops, err := m.loopCPUs()
	if err != nil {
		return "", Unknown, err
	}
	if len(watched) == 0 || len(loops) == 0 {
		return "", Unknown, fmt.Errorf("/proc/sys/kernel/watchdog_cpumask: no CPUs to compare")
	}
	if cpu, meets := meet(watched, loops); meets {
		return fmt.Sprintf("on CPU %d", cpu), Warn, nil
	}
	return "on other CPUs", OK, nil
}

// meet finds a CPU that is in both lists.
func meet(a, b []int) (cpu int, meets bool) {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return x, true
			}
		}
	}
	return 0, false
}
