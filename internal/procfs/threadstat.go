package procfs

import (
	"errors"
	"strconv"
	"strings"
)

// ParseScheduling reads the real-time priority and the policy of a thread, fields
// 40 and 41 of /proc/PID/stat. The name in field 2 is in parentheses and may
// contain anything, parentheses too.
func ParseScheduling(stat string) (policy, priority int, err error) {
	end := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[end+1:])
	const at = 40 - 3 // the first field behind the name is the third
	if end < 0 || len(fields) < at+2 {
		return 0, 0, errors.New("not the status of a thread")
	}
	p, err1 := strconv.ParseUint(fields[at], 10, 8)
	n, err2 := strconv.ParseUint(fields[at+1], 10, 8)
	if err1 != nil || err2 != nil || p > 99 {
		return 0, 0, errors.New("no scheduling policy")
	}
	return int(n), int(p), nil
}
