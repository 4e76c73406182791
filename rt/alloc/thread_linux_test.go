package alloc

import (
	"errors"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRealTimeThread asks on a thread of its own, which ends with the test.
func TestRealTimeThread(t *testing.T) {
	type answer struct {
		refused        error
		ordinary, fifo bool
	}
	answers := make(chan answer)
	go func() {
		runtime.LockOSThread()
		var a answer
		become := func(policy, priority uint32) error {
			return unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy, Priority: priority}, 0)
		}
		if a.refused = become(unix.SCHED_FIFO, 1); a.refused == nil {
			a.fifo = realTimeThread()
		}
		if err := become(unix.SCHED_NORMAL, 0); err != nil {
			a.refused = errors.Join(a.refused, err)
		}
		a.ordinary = realTimeThread()
		answers <- a
	}()
	a := <-answers
	if a.ordinary {
		t.Error("an ordinary thread counts as a real-time one")
	}
	if a.refused != nil {
		t.Skipf("a real-time thread was not granted: %v", a.refused)
	}
	if !a.fifo {
		t.Error("a thread under SCHED_FIFO counts as an ordinary one")
	}
}
