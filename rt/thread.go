package rt

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// thread is what the calling goroutine's thread was given for a loop.
type thread struct {
	sys   *machine.System
	undo  machine.UndoLog
	timer int // descriptor of Timerfd, else -1
}

// occupy locks the calling goroutine to its thread and gives the thread what
// the loop was granted. On an error, and by release, everything is taken back.
func occupy(s *machine.System, g Granted) (*thread, error) {
	t := &thread{sys: s, timer: -1}
	s.LockThread()
	for _, step := range []struct {
		wanted bool
		take   func(Granted) error
	}{
		{g.CPU != AnyCPU, t.moveTo},
		{g.Policy > reserved, t.spread},
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
	err := t.undo.Undo()
	if err == nil {
		t.sys.UnlockThread()
	}
	return err
}

func (t *thread) moveTo(g Granted) error {
	before, err := t.sys.Affinity(0)
	if err != nil {
		return fmt.Errorf("rt: reading the thread's affinity: %w", err)
	}
	cpu, _ := g.CPU.Number()
	if err := t.sys.SetAffinity(0, []int{cpu}); err != nil {
		return fmt.Errorf("rt: moving the thread to CPU %d: %w", cpu, err)
	}
	t.undo.Add(func() error {
		return t.sys.SetAffinity(0, before)
	})
	return nil
}

// schedule gives the thread its real-time policy, which its children do not
// inherit.
func (t *thread) schedule(g Granted) error {
	before, err := t.sys.Scheduling(0)
	if err != nil {
		return fmt.Errorf("rt: reading the thread's policy: %w", err)
	}
	err = t.sys.SetScheduling(0, g.Policy.scheduling(g.period))
	switch {
	case err == nil:
	case errors.Is(err, syscall.EPERM) && g.Policy > reserved:
		return t.refusedReservation(err)
	case errors.Is(err, syscall.EPERM):
		return t.refusal(g.Policy.Priority(), err)
	case errors.Is(err, syscall.EBUSY):
		return errkind.Errorf(errors.Join(ErrNoBandwidth, err), "rt: %v every %v does not fit next to the other reservations (%s); give a smaller runtime, or end other SCHED_DEADLINE threads", g.Policy, g.period, machine.ErrorName(err))
	case errors.Is(err, syscall.EINVAL) && g.Policy > reserved:
		return fmt.Errorf("rt: %v every %v: the period is outside kernel.sched_deadline_period_min_us and _max_us: %w", g.Policy, g.period, err)
	default:
		return fmt.Errorf("rt: %v: %w", g.Policy, err)
	}
	t.undo.Add(func() error {
		err := t.sys.SetScheduling(0, before)
		if errors.Is(err, syscall.EPERM) {
			// Without the capability the reset-on-fork flag can be set, not cleared.
			before.Flags |= machine.ResetOnFork
			err = t.sys.SetScheduling(0, before)
		}
		return err
	})
	return nil
}

// refusal says which right a refused real-time policy lacks. The limit lets an
// ordinary user in; a caller with the capability is refused only by a control
// group without real-time bandwidth, or by a filter.
func (t *thread) refusal(priority int, err error) error {
	if !t.sys.HasCapability(machine.CapSysNice) {
		return &PrivilegeError{
			Op:     "SCHED_FIFO",
			Need:   fmt.Sprintf("CAP_SYS_NICE or RLIMIT_RTPRIO ≥ %d", priority),
			Have:   fmt.Sprint(t.sys.PriorityLimit()),
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

// refusedReservation says what SCHED_DEADLINE lacks: no limit lets an ordinary
// user in, and the thread must be allowed on every CPU of its root domain.
func (t *thread) refusedReservation(err error) error {
	e := &PrivilegeError{
		Op: "SCHED_DEADLINE", Need: "CAP_SYS_NICE", Have: "no such capability",
		Remedy: "run as root, set AmbientCapabilities=CAP_SYS_NICE in the unit, or give Policy FIFO(80)", Err: err,
	}
	if t.sys.HasCapability(machine.CapSysNice) {
		e.Need = "every CPU of the root domain, and no seccomp filter on sched_setattr"
		e.Have = "CAP_SYS_NICE, and still refused"
		e.Remedy = "widen the process's cpuset to all CPUs or make it a partition root, or give Policy FIFO(80)"
	}
	return e
}

// spread allows the thread on every CPU, as SCHED_DEADLINE demands: its
// admission control is for a root domain as a whole.
func (t *thread) spread(Granted) error {
	before, err := t.sys.Affinity(0)
	if err != nil {
		return fmt.Errorf("rt: reading the thread's affinity: %w", err)
	}
	_, online, err := t.sys.CPUs()
	if err != nil {
		return fmt.Errorf("rt: SCHED_DEADLINE needs the list of CPUs: %w", err)
	}
	if err := t.sys.SetAffinity(0, online); err != nil {
		return fmt.Errorf("rt: allowing the thread on CPUs %s: %w", procfs.FormatCPUList(online), err)
	}
	t.undo.Add(func() error {
		return t.sys.SetAffinity(0, before)
	})
	return nil
}

func (t *thread) block(Granted) error {
	restore, err := t.sys.BlockSignals()
	if err != nil {
		return fmt.Errorf("rt: blocking signals: %w", err)
	}
	t.undo.Add(restore)
	return nil
}

func (t *thread) slacken(g Granted) error {
	before, err := t.sys.TimerSlack()
	if err != nil {
		return fmt.Errorf("rt: reading the timer slack: %w", err)
	}
	if err := t.sys.SetTimerSlack(g.TimerSlack); err != nil {
		return fmt.Errorf("rt: timer slack %d ns: %w", g.TimerSlack, err)
	}
	t.undo.Add(func() error {
		return t.sys.SetTimerSlack(before)
	})
	return nil
}

func (t *thread) openTimer(Granted) error {
	fd, err := t.sys.OpenTimer()
	if err != nil {
		return fmt.Errorf("rt: timerfd: %w", err)
	}
	t.timer = fd
	t.undo.Add(func() error { return t.sys.CloseFD(fd) })
	return nil
}
