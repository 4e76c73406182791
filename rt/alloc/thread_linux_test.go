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
		flagged        bool // SCHED_FIFO that children do not inherit
	}
	answers := make(chan answer)
	go func() {
		runtime.LockOSThread()
		var a answer
		become := func(policy, priority uint32, flags uint64) error {
			return unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy, Priority: priority, Flags: flags}, 0)
		}
		if a.refused = become(unix.SCHED_FIFO, 1, 0); a.refused == nil {
			a.fifo = realTimeThread()
			a.refused = become(unix.SCHED_FIFO, 1, unix.SCHED_FLAG_RESET_ON_FORK)
			a.flagged = realTimeThread()
		}
		if err := become(unix.SCHED_NORMAL, 0, unix.SCHED_FLAG_RESET_ON_FORK); err != nil {
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
	if !a.fifo || !a.flagged {
		t.Errorf("a thread under SCHED_FIFO counts as an ordinary one: %+v", a)
	}
}
