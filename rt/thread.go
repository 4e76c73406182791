package rt

import (
	"errors"
	"fmt"
	"syscall"
)

// thread is what the calling goroutine's thread was given for a loop.
type thread struct {
	sys    *system
	ledger ledger
	timer  int // descriptor of Timerfd, else -1
}

// occupy locks the calling goroutine to its thread and gives the thread what
// the loop was granted. On an error, and by release, everything is taken back.
func occupy(s *system, g Granted) (*thread, error) {
	t := &thread{sys: s, timer: -1}
	s.lockThread()
	for _, step := range []struct {
		wanted bool
		take   func(Granted) error
	}{
		{g.CPU != AnyCPU, t.moveTo},
		{g.Policy > 0, t.schedule},
		{g.SignalsBlocked, t.block},
		{g.TimerSlack != 0, t.slacken},
		{g.Wake == Timerfd, t.openTimer},
	} {
		if !step.wanted {
			continue
		}
		if err := step.take(g); err != nil {
			return nil, errors.Join(err, t.release())
		}
	}
	return t, nil
}

// release takes everything back. A thread that could not be restored stays
// locked to the goroutine, so that it ends with it and runs nothing else.
func (t *thread) release() error {
	err := t.ledger.restore()
	if err == nil {
		t.sys.unlockThread()
	}
	return err
}

func (t *thread) moveTo(g Granted) error {
	before, err := t.sys.affinity(0)
	if err != nil {
		return fmt.Errorf("rt: reading the thread's affinity: %w", err)
	}
	cpu, _ := g.CPU.Number()
	if err := t.sys.setAffinity(0, []int{cpu}); err != nil {
		return fmt.Errorf("rt: moving the thread to CPU %d: %w", cpu, err)
	}
	t.ledger.did("affinity", formatCPUList(before), g.CPU.String(), func() error {
		return t.sys.setAffinity(0, before)
	})
	return nil
}

// schedule gives the thread its real-time policy, which its children do not
// inherit.
func (t *thread) schedule(g Granted) error {
	before, err := t.sys.scheduling(0)
	if err != nil {
		return fmt.Errorf("rt: reading the thread's policy: %w", err)
	}
	err = t.sys.setScheduling(0, scheduling{policy: schedFIFO, priority: uint32(g.Policy.Priority()), flags: flagResetOnFork})
	if errors.Is(err, syscall.EPERM) {
		return t.refusal(g.Policy.Priority(), err)
	}
	if err != nil {
		return fmt.Errorf("rt: %v: %w", g.Policy, err)
	}
	t.ledger.did("policy", "", g.Policy.String(), func() error {
		err := t.sys.setScheduling(0, before)
		if errors.Is(err, syscall.EPERM) {
			// Without the capability the reset-on-fork flag can be set, not cleared.
			before.flags |= flagResetOnFork
			err = t.sys.setScheduling(0, before)
		}
		return err
	})
	return nil
}

// refusal says which right a refused real-time policy lacks. The limit lets an
// ordinary user in; a caller with the capability is refused only by a control
// group without real-time bandwidth, or by a filter.
func (t *thread) refusal(priority int, err error) error {
	if !t.sys.hasCapability(capabilityNice) {
		return &PrivilegeError{
			Op:     "SCHED_FIFO",
			Need:   fmt.Sprintf("CAP_SYS_NICE or RLIMIT_RTPRIO ≥ %d", priority),
			Have:   fmt.Sprint(t.sys.priorityLimit()),
			Remedy: fmt.Sprintf("run as root, set LimitRTPRIO=%d in the unit, or `ulimit -r %d`", priority, priority),
			Err:    err,
		}
	}
	return &PrivilegeError{
		Op:     "SCHED_FIFO",
		Need:   "a control group with cpu.rt_runtime_us above 0, and no seccomp filter on sched_setattr",
		Have:   "CAP_SYS_NICE, and still refused",
		Remedy: "give the group real-time bandwidth, or move the process to the root group",
		Err:    err,
	}
}

func (t *thread) block(Granted) error {
	restore, err := t.sys.blockSignals()
	if err != nil {
		return fmt.Errorf("rt: blocking signals: %w", err)
	}
	t.ledger.did("signals", "", "blocked", restore)
	return nil
}

func (t *thread) slacken(g Granted) error {
	before, err := t.sys.timerSlack()
	if err != nil {
		return fmt.Errorf("rt: reading the timer slack: %w", err)
	}
	if err := t.sys.setTimerSlack(g.TimerSlack); err != nil {
		return fmt.Errorf("rt: timer slack %d ns: %w", g.TimerSlack, err)
	}
	t.ledger.did("timer slack", fmt.Sprint(before), fmt.Sprint(g.TimerSlack), func() error {
		return t.sys.setTimerSlack(before)
	})
	return nil
}

func (t *thread) openTimer(Granted) error {
	fd, err := t.sys.timerOpen()
	if err != nil {
		return fmt.Errorf("rt: timerfd: %w", err)
	}
	t.timer = fd
	t.ledger.did("timerfd", "", "open", func() error { return t.sys.closeFD(fd) })
	return nil
}
