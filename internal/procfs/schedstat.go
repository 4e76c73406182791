package procfs

// Schedstat is how long a thread has run and waited, in ns since it started.
type Schedstat struct {
	// Ran is the time on a CPU, Waited the time in which the thread could have
	// run and another one had the CPU.
	Ran, Waited int64
}

// ParseSchedstat reads the first two numbers of /proc/PID/schedstat.
//
// Cost: O(len(text)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound two numbers of 18 digits
func ParseSchedstat(text []byte) (s Schedstat, ok bool) {
	ran, text, ok := parseCount(text)
	if !ok {
		return Schedstat{}, false
	}
	waited, _, ok := parseCount(text)
	if !ok {
		return Schedstat{}, false
	}
	return Schedstat{ran, waited}, true
}
