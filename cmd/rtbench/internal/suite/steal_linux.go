package suite

import (
	"os"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt"
)

// stealWatch samples the CPU time that the host gave to others, from
// /proc/stat, which counts it in hundredths of a second.
type stealWatch struct {
	stopped atomic.Bool
	done    chan struct{}
	stalls  []stall
}

const stealInterval = 10 * time.Millisecond

// startStealWatch sleeps with sleep between two looks.
func startStealWatch(least time.Duration, sleep func(time.Duration)) *stealWatch {
	w := &stealWatch{done: make(chan struct{}), stalls: make([]stall, 0, stallsMax)}
	go w.run(least, sleep)
	return w
}

func (w *stealWatch) run(least time.Duration, sleep func(time.Duration)) {
	defer close(w.done)
	f, err := os.Open("/proc/stat")
	if err != nil {
		return
	}
	defer f.Close()
	var buf [512]byte // the first line, "cpu", is the sum over all CPUs
	read := func() time.Duration {
		n, _ := f.ReadAt(buf[:], 0)
		t, _ := procfs.ParseCPUTime(buf[:n], procfs.AllCPUs)
		return t.StealTime()
	}
	at, before := rt.Now(), read()
	for !w.stopped.Load() {
		sleep(stealInterval)
		now, total := rt.Now(), read()
		lost := total - before
		if lost >= least && len(w.stalls) < cap(w.stalls) {
			// Steal is known by amount, not by place: it accounts for no more
			// activations than fit into it.
			w.stalls = append(w.stalls, stall{at, now, int64(lost / (least * stallShare))})
		}
		at, before = now, total
	}
}

func (w *stealWatch) stop() []stall {
	w.stopped.Store(true)
	<-w.done
	return w.stalls
}
