package rt

import "github.com/memkit-go/memkit/rt/internal/machine"

// Lookout tells, between one look and the next, what the code of a real-time
// thread has done that it should not: what a [Loop] counts of its steps, for a
// thread that runs no Loop, a callback from C above all, and for parts of a step.
// The zero Lookout is ready; what its first look finds means nothing.
//
// One goroutine looks, and between two looks at page faults it must stay locked to
// one thread.
type Lookout struct {
	before machine.PCounts
	stops  uint32
	faults int64
}

// Sighting is what happened on a goroutine's account between two looks. Except on
// Linux with Go 1.26, amd64 or arm64, only LostP is ever set, when the goroutine
// holds another P than before.
type Sighting struct {
	// LostP: the goroutine has lost its P meanwhile, so that it may have waited for
	// others. One that comes back before anybody has used it does not count.
	LostP bool
	// Allocated: something was allocated on the heap, and Called: an ordinary system
	// call or cgo call was made. If the P was lost, that cannot be told, and both are
	// false.
	Allocated, Called bool
	// Stops is how often a garbage collection has stopped the world, which it does
	// twice. Other stops, such as those of runtime.ReadMemStats, show as LostP alone.
	Stops int
}

// Look tells what has happened since the last look.
//
// Cost: O(1), some 10 ns. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (o *Lookout) Look() (s Sighting) {
	now, stops := machine.ReadP(), machine.ReadStops()
	s.Stops = int(stops - o.stops)
	s.LostP = now.Lost(o.before)
	if !s.LostP {
		s.Allocated, s.Called = now.Allocated(o.before), now.Called(o.before)
	}
	o.before, o.stops = now, stops
	return s
}

// Faults is how many page faults the thread has taken since the last call, minor and
// major ones: those of whatever ran on it. It is 0 where the system does not say.
//
// Cost: O(1), a raw system call of 200 to 400 ns. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (o *Lookout) Faults() int64 {
	u, _ := machine.Host.ThreadUsage()
	total := u.MinorFaults + u.MajorFaults
	since := total - o.faults
	o.faults = total
	return since
}
