package async

import (
	"fmt"
	"time"
)

// PoolStats are a pool's statistics.
type PoolStats struct {
	Name string
	Size int // items
	Held int // items in use
	Idle int // items that may be evicted

	Acquired    uint64        // items ever taken, and received through a Pipe
	Waits       uint64        // acquires that had to wait
	Waiting     int           // goroutines that wait now
	Cancelled   uint64        // waits that ended without an item
	Refused     uint64        // acquires that failed because no item was free
	Evicted     uint64        // items taken from their holders
	LongestWait time.Duration // until an item came
}

func (s PoolStats) String() string {
	return fmt.Sprintf("pool %q: %d of %d items held, %d idle; %d acquired, %d waits (longest %v, %d cancelled), %d refused, %d evicted",
		s.Name, s.Held, s.Size, s.Idle, s.Acquired, s.Waits, s.LongestWait, s.Cancelled, s.Refused, s.Evicted)
}

func (s PoolStats) collect(report func(name string, value float64)) {
	report("size", float64(s.Size))
	report("held", float64(s.Held))
	report("idle", float64(s.Idle))
	report("acquired_total", float64(s.Acquired))
	report("waits_total", float64(s.Waits))
	report("waiting", float64(s.Waiting))
	report("cancelled_total", float64(s.Cancelled))
	report("refused_total", float64(s.Refused))
	report("evicted_total", float64(s.Evicted))
	report("longest_wait_seconds", s.LongestWait.Seconds())
}
