package suite

import (
	"os"
	"slices"
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

// startStealWatch samples the CPUs that the loop may run on: time that the host took
// from another CPU delayed nothing here. It sleeps with sleep between two looks.
func startStealWatch(cpus []int, least time.Duration, sleep func(time.Duration)) *stealWatch {
	w := &stealWatch{done: make(chan struct{}), stalls: make([]stall, 0, stallsMax)}
	go w.run(cpus, least, sleep)
	return w
}

func (w *stealWatch) run(cpus []int, least time.Duration, sleep func(time.Duration)) {
	defer close(w.done)
	f, err := os.Open("/proc/stat")
	if err != nil {
		return
	}
	defer f.Close()
	buf := make([]byte, (slices.Max(append([]int{0}, cpus...))+2)*procfs.LineBytes)
	read := func() time.Duration {
		n, _ := f.ReadAt(buf, 0)
		return stealOf(buf[:n], cpus)
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

// stealOf is the time stolen from the CPUs together, in the text of /proc/stat.
func stealOf(stat []byte, cpus []int) (sum time.Duration) {
	for _, cpu := range cpus {
		t, _ := procfs.ParseCPUTime(stat, cpu)
		sum += t.StealTime()
	}
	return sum
}
