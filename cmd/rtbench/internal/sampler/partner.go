package sampler

import (
	"fmt"
	"sync/atomic"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

// RunPartner runs partner on a thread and a CPU of its own, next to the one that
// [Plan.Run] measures on, until the function returned is called, which sets
// stop and waits. RunPartner itself returns once the thread is in its place. With
// one CPU the two would take turns by the time slice, so the error then wraps
// [bench.ErrUnavailable].
func RunPartner(partner func(stop *atomic.Bool)) (end func(), err error) {
	if n := len(CPUs()); n < 2 {
		return nil, fmt.Errorf("%w: needs 2 CPUs, the process may use %d", bench.ErrUnavailable, n)
	}
	var stop atomic.Bool
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer Pin(1)()
		close(ready)
		partner(&stop)
	}()
	<-ready
	return func() {
		stop.Store(true)
		<-done
	}, nil
}
