package cthread

import "github.com/memkit-go/memkit/rt"

// Config shapes a [Thread]. The zero value is a thread under SCHED_FIFO 79 on the
// CPUs that the caller of New may use, which after rt.Setup are those that loops
// leave.
type Config struct {
	// CPU that the thread runs on. The calling loop's own is the fastest: the loop
	// waits during the call, so the CPU is free. On another CPU a call that timed
	// out runs on in parallel with the loop, instead of between its steps.
	CPU rt.CPU
	// Policy is the kernel's; zero means FIFO(79), below a loop's default: on the
	// loop's own CPU a thread that is not below it would run on when the call's
	// time is over, and the loop could not. rt.Other needs no privilege, and waits
	// for whoever is busy.
	Policy rt.Policy
}

// defaultPolicy is one below a loop's default; see Config.Policy.
const defaultPolicy rt.Policy = rt.DefaultPriority - 1

func (c Config) validate() (Config, error) {
	if c.Policy == 0 {
		c.Policy = defaultPolicy
	}
	if c.Policy != rt.Other && c.Policy.Priority() == 0 {
		return c, &rt.ConfigError{Package: "cthread", Field: "Config.Policy", Value: c.Policy.String(), Reason: "is neither SCHED_FIFO nor SCHED_OTHER", Remedy: "give rt.FIFO(1) to rt.FIFO(99), or rt.Other"}
	}
	if cpu, named := c.CPU.Number(); named && (cpu < 0 || cpu >= maxCPU) {
		return c, &rt.ConfigError{Package: "cthread", Field: "Config.CPU", Value: c.CPU.String(), Reason: "this machine has no such CPU", Remedy: "give one of /sys/devices/system/cpu/online"}
	}
	return c, nil
}

// maxCPU is one more than the highest CPU number that C's cpu_set_t holds.
const maxCPU = 1024
