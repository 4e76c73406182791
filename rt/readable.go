package rt

import (
	"syscall"
	"time"

	"github.com/memkit-go/memkit/rt/internal/machine"
)

// Readable is a [Trigger] that waits until fd can be read: a packet, an interrupt of
// a userspace driver, an eventfd or a timer is the tick. The step must read what
// arrived; what it leaves is the next tick at once. A descriptor that has failed or
// was closed is never readable.
//
// When nothing arrives for as long as timeout, an activation has been missed: the loop
// counts it in Stats.Skipped and Stats.Missed and enters it into the miss budget, and
// the wait begins again. With a timeout of 0 or less nothing counts as missed.
func Readable(fd int, timeout time.Duration) Trigger {
	return readable(&machine.Host, fd, int64(timeout))
}

// readable is Readable over a table of system calls. The function prologues of a turn
// come before its wait; see Trigger.
func readable(s *machine.System, fd int, timeout int64) Trigger {
	var since int64 // when the wait for this activation began; 0 before
	return func(until int64) (due int64, ok bool) {
		if since == 0 {
			since = s.Now()
		}
		end := until
		if timeout > 0 {
			end = min(until, since+timeout)
		}
		readable, e := s.PollRaw(fd, end)
		if readable {
			since = 0
			return 0, true
		}
		if e != syscall.EINTR && s.Now() < end {
			s.SleepRaw(end) // the descriptor has failed: asking again would spin
		}
		if timeout > 0 && end == since+timeout && s.Now() >= end {
			since = end
			return end, false
		}
		return 0, false
	}
}
