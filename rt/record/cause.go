package record

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cause says whose fault a late sample was, as far as it can be read.
type Cause uint16

const (
	// Unattributed: nothing readable explains it; the kernel or the host.
	Unattributed Cause = 0
	// Steal: the hypervisor ran something else.
	Steal Cause = 1 << (iota - 1)
	// Fault: a page fault inside the window.
	Fault
	// Switch: another thread took the CPU.
	Switch
	// Interrupted: a signal ended the sleep early (EINTR).
	Interrupted
	// LostP: the Go scheduler took the thread's processor away.
	LostP
	// StoppedWorld: a stop-the-world covered it.
	StoppedWorld
	// Throttled: the kernel's real-time throttling held the thread back.
	Throttled
	// Overrun: the previous step ran past its period.
	Overrun
	// Quota: the CPU quota of the control group stopped its threads at about that time.
	Quota
	// Hot: a processor slowed down at about that time because it was hot.
	Hot
	// Slow: a processor had a low frequency at about that time.
	Slow
)

// causeNames in the order of the bits.
var causeNames = [...]string{
	"steal", "fault", "switch", "interrupted", "lost-p", "stopped-world", "throttled", "overrun", "quota", "thermal", "frequency",
}

const unattributed = "unattributed"

// String lists the causes, "steal|switch".
func (c Cause) String() string {
	if c == Unattributed {
		return unattributed
	}
	var names []string
	for i, name := range causeNames {
		if bit := Cause(1) << i; c&bit != 0 {
			names = append(names, name)
			c &^= bit
		}
	}
	if c != 0 {
		names = append(names, fmt.Sprintf("%#x", uint16(c)))
	}
	return strings.Join(names, "|")
}

// MarshalText writes the names that String gives.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Cause) UnmarshalText(text []byte) error {
	*c = Unattributed
	if string(text) == unattributed {
		return nil
	}
	for name := range strings.SplitSeq(string(text), "|") {
		bit, err := causeNamed(name)
		if err != nil {
			return err
		}
		*c |= bit
	}
	return nil
}

func causeNamed(name string) (Cause, error) {
	if i := slices.Index(causeNames[:], name); i >= 0 {
		return 1 << i, nil
	}
	bits, err := strconv.ParseUint(name, 0, 16)
	if err != nil {
		return 0, fmt.Errorf("record: unknown cause %q; there are %s and %s", name, unattributed, strings.Join(causeNames[:], ", "))
	}
	return Cause(bits), nil
}
