package guard

import (
	"strings"
	"sync"

	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/ring"
)

// statusReader reads the guard's status for several goroutines.
type statusReader struct {
	mu     sync.Mutex
	cell   *ring.LatestReader[Status]
	last   Status
	closed bool
}

// statuses carries the guard's status.
var statuses = isolate.NewCell[Status]("guard.status")

func newStatusReader(i *isolate.Isolate) (*statusReader, error) {
	r, err := statuses.Reader(i)
	if err != nil {
		return nil, err
	}
	return &statusReader{cell: r}, nil
}

func (r *statusReader) read() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.last, _ = r.cell.Load()
	}
	return r.last
}

func (r *statusReader) close() {
	r.read()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
}

// watchdogFailed reports whether the guard's error, of which only the text crosses, is
// ErrNoWatchdog.
func watchdogFailed(err error) bool {
	return strings.Contains(err.Error(), strings.TrimPrefix(ErrNoWatchdog.Error(), "guard: "))
}
