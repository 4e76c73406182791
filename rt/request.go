package rt

import "time"

// request is what a pinned loop knows of those who ask it to yield. A
// stop-the-world repeats its request every 100 µs until it is met. sysmon asks
// any goroutine that has run for 10 ms, every 10 ms, and must not be met: the
// loop would queue behind every busy goroutine. So only requests that keep coming
// are looked into.
type request struct {
	seen        bool  // in this period, or none could be seen: no sleep
	first, last int64 // of those that kept coming
}

// quiet is the time without a request that ends a series of them: half of sysmon's
// 10 ms, and long enough for a stop-the-world whose own thread has to wait for a
// CPU. A loop that looks less often needs two looks.
const quiet = 5 * time.Millisecond

// standing reports, once each tick, whether requests have kept coming for as
// long as wait, and forgets them if so.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *request) standing(now, wait, period int64) bool {
	if !r.seen {
		return false
	}
	r.seen = false
	if now-r.last > max(int64(quiet), 2*period) {
		r.first = now
	}
	r.last = now
	if now-r.first < wait {
		return false
	}
	r.first, r.last = never, never
	return true
}
