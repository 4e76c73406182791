package rt

import "github.com/memkit-go/memkit/rt/internal/counters"

// Syscall calls fn, an ordinary Go function of the step's that may block: a call
// into os or net, cgo, a lock that ordinary goroutines share, a channel operation.
// While it runs the loop gives up what makes a Strict step different: it is not
// pinned, so nothing in fn ends the process, and a stop-the-world may pass. The
// price is that the loop may lose its P and then queues behind every busy goroutine
// for tens of milliseconds. That is why it is counted: [Stats].Windows,
// MaxWindow and LostP.
//
// A short system call through os or syscall that does not wait, such as a write to a
// file, costs less without a window: a step that wrote to a file in every 10th tick
// next to busy goroutines lost 1 to 172 of 2,000 periods with a plain call and 715 to
// 907 inside Syscall (1 ms, 2-core virtual machine, Go 1.26), because outside the pin
// the runtime's pending request to yield is obeyed. Stats counts it in Syscalls and, if
// it loses the P, in LostP.
//
// Calls that do not block need no window: a raw system call (syscall.RawSyscall,
// package rt/bus) keeps the P. In a loop that is not Strict, and for a Tick that a
// test made itself, Syscall just calls fn. It returns fn's error.
func (t *Tick) Syscall(fn func() error) error {
	if t.loop == nil || !t.loop.pinned {
		return t.loop.callUnpinned(fn)
	}
	return t.loop.callInWindow(fn)
}

// callUnpinned calls fn for a loop that holds no P, or for no loop.
func (l *Loop) callUnpinned(fn func() error) error {
	if l == nil {
		return fn()
	}
	l.monitor.readP()
	err := fn()
	l.monitor.before = l.sys.ReadP()
	return err
}

// callInWindow calls fn while the loop is not pinned. A panic in fn leaves the
// loop so, and can be recovered.
func (l *Loop) callInWindow(fn func() error) error {
	l.monitor.readP()
	before := l.monitor.before
	start := l.sys.Now()
	l.unpin()
	err := fn()
	l.pin()
	l.monitor.before = l.sys.ReadP()
	if l.monitor.before.Lost(before) {
		l.monitor.events.lostWindow = true
	}
	c := l.counters
	c.Of(counters.Windows).Add(1)
	if took := l.sys.Now() - start; took > c.Of(counters.MaxWindow).Load() {
		c.Of(counters.MaxWindow).Store(took)
	}
	return err
}
