package rt

import (
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	// stealInterval is how often an ordinary goroutine looks how much the host
	// has taken. The kernel counts it in hundredths of a second.
	stealInterval = 10 * time.Millisecond
	// stealsKept and wakesKept bound the memory of a run: samples with steal, and
	// late wakes that a Recorder kept.
	stealsKept = 4096
	wakesKept  = 4096
)

// steal is CPU time that the host gave to others between two looks.
type steal struct{ from, to, ns int64 }

// lateWake is a wake that a Recorder kept as its index-th sample.
type lateWake struct{ index, due, now int64 }

// lateWakeBuffer is room for n late wakes whose pages the first of them need not fault in.
func lateWakeBuffer(n int) []lateWake {
	wakes := make([]lateWake, n)
	for i := range wakes {
		wakes[i].index = -1
	}
	return wakes[:0]
}

// stealSampler reads, on an ordinary goroutine, how much time the host takes,
// because a tick must not read files. It is attributed to wakes when the loop has
// ended.
type stealSampler struct {
	sys    *machine.System
	fd     int
	stop   chan struct{}
	done   chan struct{}
	steals []steal
	cpu    int
	room   []byte // for /proc/stat up to the CPU's line
}

// startStealSampler begins to sample the steal time of the CPU that a loop runs on, or
// of all of them where it may run on any; nil where the kernel does not tell.
func startStealSampler(s *machine.System, c CPU) *stealSampler {
	fd, err := s.OpenStat()
	if err != nil {
		return nil
	}
	cpu := procfs.AllCPUs
	if number, named := c.Number(); named {
		cpu = number
	}
	w := &stealSampler{
		sys: s, fd: fd, cpu: cpu, room: make([]byte, (cpu+2)*procfs.LineBytes), stop: make(chan struct{}), done: make(chan struct{}),
		steals: make([]steal, 0, stealsKept),
	}
	go w.run()
	return w
}

func (w *stealSampler) run() {
	defer close(w.done)
	timer := time.NewTicker(stealInterval)
	defer timer.Stop()
	at, total := w.sys.Now(), w.sys.ReadSteal(w.fd, w.cpu, w.room)
	for {
		select {
		case <-w.stop:
			w.sample(&at, &total)
			return
		case <-timer.C:
			w.sample(&at, &total)
		}
	}
}

// sample keeps the time stolen since the sample at *at, if it is not 0.
func (w *stealSampler) sample(at, total *int64) {
	now, stolen := w.sys.Now(), w.sys.ReadSteal(w.fd, w.cpu, w.room)
	if ns := stolen - *total; ns > 0 && len(w.steals) < cap(w.steals) {
		w.steals = append(w.steals, steal{*at, now, ns})
	}
	*at, *total = now, stolen
}

// end stops the sampler and returns the steals, in order of time.
func (w *stealSampler) end() []steal {
	close(w.stop)
	<-w.done
	_ = w.sys.CloseFD(w.fd)
	return w.steals
}

// attributeSteal adds Steal to the cause of each wake that was late while the host
// took at least half as much time as it was late by.
func attributeSteal(r *record.Recorder, wakes []lateWake, steals []steal) {
	for _, wake := range wakes {
		var ns int64
		for _, s := range steals {
			if s.from < wake.now && wake.due < s.to {
				ns += s.ns
			}
		}
		if ns > 0 && ns >= (wake.now-wake.due)/2 {
			r.AddCause(wake.index, record.Steal)
		}
	}
}
