package ring

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"
)

// lookUp tells whether process pid lives, and when it started in clock ticks
// since boot, 0 when that is hidden from us. A process of which only the exit
// status is left does not live.
//
// The kernel adds to a start time what the reader's time namespace adds to the time
// since boot; that is taken out again, so that processes of different namespaces
// agree, but for a tick of rounding.
//
// State and start time are fields 3 and 22 of /proc/PID/stat, see
// proc_pid_stat(5). The command in field 2 may itself hold blanks and
// parentheses, so counting starts behind the last one, with field 3.
func lookUp(pid int) (start uint64, lives bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	const state, ticks = 0, 22 - 3
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= ticks {
		return 0, true
	}
	start, err = strconv.ParseUint(string(fields[ticks]), 10, 64)
	if err == nil {
		start -= uint64(bootOffset())
	}
	return start, fields[state][0] != 'Z' && fields[state][0] != 'X'
}

// bootOffset is what this process's time namespace adds to the time since boot, in
// clock ticks of 10 ms: see time_namespaces(7). Kernels without time namespaces
// add nothing.
func bootOffset() (ticks int64) {
	offsets, _ := os.ReadFile("/proc/self/timens_offsets")
	return parseBootOffset(offsets)
}

// parseBootOffset finds the line of the time since boot among those of all clocks:
// name, seconds and nanoseconds, of which the latter are never negative.
func parseBootOffset(offsets []byte) (ticks int64) {
	for line := range bytes.Lines(offsets) {
		fields := bytes.Fields(line)
		if len(fields) != 3 || string(fields[0]) != "boottime" {
			continue
		}
		seconds, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		nanoseconds, _ := strconv.ParseInt(string(fields[2]), 10, 64)
		ticks = seconds*100 + nanoseconds/1e7
	}
	return ticks
}
