package suite

import (
	"bytes"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// stealWatch samples the CPU time that the host gave to others, from
// /proc/stat, which counts it in hundredths of a second.
type stealWatch struct {
	stopped atomic.Bool
	done    chan struct{}
	stalls  []stall
}

const (
	stealInterval = 10 * time.Millisecond
	stealTick     = 10 * time.Millisecond // 1 / USER_HZ
)

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
	read := func() int64 {
		n, _ := f.ReadAt(buf[:], 0)
		return stolen(buf[:n])
	}
	at, ticks := rt.Now(), read()
	for !w.stopped.Load() {
		sleep(stealInterval)
		now, total := rt.Now(), read()
		lost := time.Duration(total-ticks) * stealTick
		if lost >= least && len(w.stalls) < cap(w.stalls) {
			// Steal is known by amount, not by place: it accounts for no more
			// activations than fit into it.
			w.stalls = append(w.stalls, stall{at, now, int64(lost / (least * stallShare))})
		}
		at, ticks = now, total
	}
}

func (w *stealWatch) stop() []stall {
	w.stopped.Store(true)
	<-w.done
	return w.stalls
}

// stealColumn of the "cpu" line, counted from 0 behind its name.
const stealColumn = 7

// stolen reads the steal count from the first line of /proc/stat, 0 where there
// is none.
func stolen(stat []byte) int64 {
	line, _, whole := bytes.Cut(stat, []byte{'\n'})
	columns, named := bytes.CutPrefix(line, []byte("cpu "))
	if !whole || !named {
		return 0
	}
	columns = bytes.TrimLeft(columns, " ")
	for range stealColumn {
		_, columns, _ = bytes.Cut(columns, []byte{' '})
	}
	number, _, _ := bytes.Cut(columns, []byte{' '})
	n, err := strconv.ParseUint(string(number), 10, 63)
	if err != nil {
		return 0
	}
	return int64(n)
}
