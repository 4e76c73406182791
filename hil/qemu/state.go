package qemu

import (
	"bytes"
	"fmt"
)

// State is what a board's QEMU does, for the diagnosis of a device that does not answer.
type State uint8

// The states of a board.
const (
	// Running: firmware that does not answer is in a loop of its own, or waits for
	// something else.
	Running State = iota
	// Paused by Board.Pause.
	Paused
	// Stopped: the QEMU process was stopped by a signal, or by a debugger.
	Stopped
	// Ended: Board.Err says how.
	Ended
)

// String is "running", "paused", "stopped by a signal" or "ended".
func (s State) String() string {
	switch s {
	case Running:
		return "running"
	case Paused:
		return "paused"
	case Stopped:
		return "stopped by a signal"
	case Ended:
		return "ended"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// stopped reads the state in a line of /proc/PID/stat (proc_pid_stat(5)): T or t. The
// name in field 2 may contain blanks and brackets.
func stopped(stat []byte) bool {
	after := bytes.TrimLeft(stat[bytes.LastIndexByte(stat, ')')+1:], " ")
	return len(after) > 0 && (after[0] == 'T' || after[0] == 't')
}
