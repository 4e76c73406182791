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
	if err != nil {
		start = 0
	}
	return start, fields[state][0] != 'Z' && fields[state][0] != 'X'
}
