package inherit

import (
	"fmt"
	"strings"
)

// State is what a thread has from its caller.
type State struct {
	// Policy by its kernel name, "SCHED_OTHER" for an ordinary thread, and the
	// Priority of a real-time one.
	Policy   string
	Priority int
	// CPUs as a list, "0-3".
	CPUs string
	// Blocked signals by name.
	Blocked []string
}

// Ordinary reports whether there is nothing to reset.
func (s State) Ordinary() bool { return s.Policy == "SCHED_OTHER" && len(s.Blocked) == 0 }

// String is "SCHED_FIFO 20, CPUs 0-3, blocked SIGINT SIGTERM".
func (s State) String() string {
	text := s.Policy
	if s.Priority > 0 {
		text += fmt.Sprint(" ", s.Priority)
	}
	if s.CPUs != "" {
		text += ", CPUs " + s.CPUs
	}
	if len(s.Blocked) > 0 {
		text += ", blocked " + strings.Join(s.Blocked, " ")
	}
	return text
}

// Facts are the state as entries of a run's environment.
func (s State) Facts() map[string]string {
	if s.Policy == "" {
		return nil
	}
	return map[string]string{"caller.scheduling": s.String()}
}
