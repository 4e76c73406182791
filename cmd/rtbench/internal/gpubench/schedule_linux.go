package gpubench

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// schedule gives this thread its CPU and priority, and names the policy that was granted.
func (s *session) schedule() string {
	if s.config.CPU >= 0 {
		var set unix.CPUSet
		set.Set(s.config.CPU)
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			s.config.Progress("CPU " + err.Error())
			s.result.CPU = -1
		}
	}
	if p := s.config.Priority; p > 0 {
		if err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: uint32(p)}, 0); err != nil {
			return "SCHED_OTHER (FIFO refused: " + err.Error() + ")"
		}
		return fmt.Sprintf("SCHED_FIFO %d", p)
	}
	return "SCHED_OTHER"
}

// ordinary undoes for the calling thread what it may have inherited.
func ordinary() {
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}, 0)
	var set unix.CPUSet
	for i := range 1024 {
		set.Set(i)
	}
	_ = unix.SchedSetaffinity(0, &set)
}
