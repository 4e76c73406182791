package hil

import (
	"fmt"
	"strings"

	"github.com/memkit-go/memkit/hil/recording"
)

// Result is what a run came to.
type Result struct {
	// Steps that were done.
	Steps int64
	// Rate is the rig's, Seed the run's.
	Rate int
	Seed uint64
	// Hash is FNV-1a, 64 bits, over the actuators as applied and the sensors at the
	// end of each step.
	Hash uint64
	// Misses are the steps without an answer in time, by whose fault it was.
	Misses Misses
	// Limited counts the values that a hard limit changed.
	Limited int64
	// Connections are the counts of each device.
	Connections []Counts
	// Wake is how late a rig that keeps to the wall clock woke, RoundTrip how long
	// its devices took to answer.
	Wake, RoundTrip Times
	// Own is the rig's part of a paced step: without the plant, and without the time
	// from a frame's departure to its answer.
	Own Times
	// Recording has the last steps, nil without Config.Record.
	Recording *recording.Recording
	// End is what ended the run before its last step: a *StallError, a *LinkError, a
	// *PlantError, a task's or a fault's error, the context's. nil when nothing did.
	End error
}

// Misses are steps without an answer in time. The rig's are those that it skipped or in
// which it sent too late, by Connection.Deadline; all others are the device's.
type Misses struct {
	Rig    int64 `json:"rig"`
	Device int64 `json:"device"`
}

// String is "3 of the rig, 0 of the device".
func (m Misses) String() string {
	return fmt.Sprintf("%d of the rig, %d of the device", m.Rig, m.Device)
}

// Counts are a connection's frames.
type Counts struct {
	// Connection is its name.
	Connection string
	// Sent and Unsent are the rig's frames; Unsent had no way out.
	Sent, Unsent int64
	// Answered are the exchanges whose answer came in its own step, Late those whose
	// answer came in a later one and was the newest then, Old the answers that were
	// repeated or overtaken and not used.
	Answered, Late, Old int64
	// Missed are the exchanges without an answer in time.
	Missed int64
	// Damaged are the frames that the codec refused.
	Damaged int64
	// Timeouts is how often the command grew older than Connection.Timeout.
	Timeouts int64
}

// String names the counts that are not zero.
func (c Counts) String() string {
	text := c.Connection + ":"
	for _, n := range []struct {
		name string
		n    int64
	}{
		{"sent", c.Sent}, {"unsent", c.Unsent}, {"answered", c.Answered}, {"late", c.Late}, {"old", c.Old},
		{"missed", c.Missed}, {"damaged", c.Damaged}, {"timeouts", c.Timeouts},
	} {
		if n.n != 0 {
			text += fmt.Sprintf(" %d %s,", n.n, n.name)
		}
	}
	return strings.TrimRight(text, ":,")
}

// String is one line.
func (r Result) String() string {
	text := fmt.Sprintf("%d steps, hash %016x, misses: %v", r.Steps, r.Hash, r.Misses)
	if r.End != nil {
		text += "; ended by " + r.End.Error()
	}
	return text
}
