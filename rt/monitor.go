package rt

import (
	"fmt"
	"strings"

	"github.com/memkit-go/memkit/rt/internal/machine"
)

// Monitor reports what the code of a real-time thread has done since the last
// reading that it should not do: what a [Loop] counts of its steps, for a thread
// that runs no Loop, such as a callback from C, and for parts of a step. The zero
// Monitor is ready for use; its first reading has no meaning.
//
// One goroutine calls its methods. Between two calls of Faults it must stay locked
// to one thread.
type Monitor struct {
	before machine.PCounts
	stops  uint32
	faults int64
}

// Reading is what a goroutine did between two readings of a [Monitor]. Except on
// Linux with Go 1.26, amd64 or arm64, only LostP is ever set, when the goroutine
// holds another P than before.
type Reading struct {
	// LostP: the goroutine has lost its P meanwhile, so that it may have waited for
	// others. A P that comes back before another goroutine has used it does not
	// count.
	LostP bool
	// Allocated: the goroutine has allocated on the heap. Called: it has made an
	// ordinary system call or a cgo call. After a lost P neither is known, and both
	// are false.
	Allocated, Called bool
	// Stops is how often a garbage collection has stopped the world, which it does
	// twice. Other stops, such as those of runtime.ReadMemStats, show as LostP alone.
	Stops int
}

// String names what happened: "lost its P", "allocated, called, 2 stops of the
// world", or "nothing".
func (r Reading) String() string {
	var did []string
	for _, d := range []struct {
		yes  bool
		text string
	}{{r.LostP, "lost its P"}, {r.Allocated, "allocated"}, {r.Called, "called"}, {r.Stops > 0, fmt.Sprintf("%d stops of the world", r.Stops)}} {
		if d.yes {
			did = append(did, d.text)
		}
	}
	if did == nil {
		return "nothing"
	}
	return strings.Join(did, ", ")
}

// Read returns what the goroutine has done since the last call.
//
// Cost: O(1), some 10 ns. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *Monitor) Read() (r Reading) {
	now, stops := machine.ReadP(), machine.ReadStops()
	r.Stops = int(stops - m.stops)
	r.LostP = now.Lost(m.before)
	if !r.LostP {
		r.Allocated, r.Called = now.Allocated(m.before), now.Called(m.before)
	}
	m.before, m.stops = now, stops
	return r
}

// Faults is how many page faults the thread has taken since the last call, minor and
// major ones: those of whatever ran on it. It is 0 where the system does not say.
//
// Cost: O(1), a raw system call of 200 to 400 ns. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *Monitor) Faults() int64 {
	u, _ := machine.Host.ThreadUsage()
	total := u.MinorFaults + u.MajorFaults
	since := total - m.faults
	m.faults = total
	return since
}
