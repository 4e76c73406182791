package rt

import (
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/record"
)

// outliers runs a loop of which each tick is an outlier and returns their causes
// in order.
func outliers(t *testing.T, c LoopConfig, step func(k *kernel, tick *Tick) error, arrange func(k *kernel, s *machine.System)) ([]record.Cause, Stats) {
	t.Helper()
	k, s, p := setUpKernel(t, ProcessConfig{})
	var err error
	if c.Recorder, err = record.New(record.Config{Top: 200}); err != nil {
		t.Fatal(err)
	}
	l := mustLoop(t, c, s, p)
	if arrange != nil {
		arrange(k, s)
	}
	if err := l.Run(t.Context(), func(tick *Tick) error { return step(k, tick) }); err != nil {
		t.Fatal(err)
	}
	causes := make([]record.Cause, c.Recorder.Count())
	for _, o := range c.Recorder.Top() {
		causes[o.Index] = o.Cause
	}
	return causes, l.Stats()
}

// TestCauses: what the kernel and the runtime counted becomes the cause of the
// tick that it made late, and of no other.
func TestCauses(t *testing.T) {
	const us = 1000
	for _, c := range []struct {
		name string
		mode Mode
		wake func(k *kernel) // in the sleep before tick 40
		step func(k *kernel) // in the step of tick 39
		want record.Cause
	}{
		{name: "kernel or host", wake: func(k *kernel) {}},
		{name: "fault", wake: func(k *kernel) { k.usage.MinorFaults++ }, want: record.Fault},
		{name: "major fault", wake: func(k *kernel) { k.usage.MajorFaults++ }, want: record.Fault},
		{name: "preemption", wake: func(k *kernel) { k.usage.InvoluntarySwitches++ }, want: record.Switch},
		{name: "waited for the CPU", wake: func(k *kernel) { k.waits.Waited += 300 * us }, want: record.Switch},
		{name: "waited less than half", wake: func(k *kernel) { k.waits.Waited += 200 * us }},
		{name: "signal", wake: func(k *kernel) { k.interrupts++ }, want: record.Interrupted},
		{name: "another P", mode: Cooperative, wake: func(k *kernel) { k.p = 2 }, want: record.LostP},
		{name: "another goroutine on the P", mode: Cooperative, wake: func(k *kernel) { k.held.Schedules++ }, want: record.LostP},
		{name: "own overrun", step: func(k *kernel) { k.time += 2 * period }, want: record.Overrun},
		{name: "overrun by a fault", step: func(k *kernel) { k.time += 2 * period; k.usage.MinorFaults++ }, want: record.Overrun | record.Fault},
		{name: "overrun by a preemption", step: func(k *kernel) { k.time += 2 * period; k.usage.InvoluntarySwitches++ }, want: record.Overrun | record.Switch},
		{name: "overrun by a lost P", step: func(k *kernel) { k.time += 2 * period; k.p = 2 }, want: record.Overrun | record.LostP},
		{name: "overrun by a stop", step: func(k *kernel) { k.inMark, k.passTakes = true, 2*period }, want: record.Overrun | record.StoppedWorld},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			causes, _ := outliers(t, LoopConfig{Mode: c.mode, Overrun: CatchUp(9)}, func(k *kernel, tick *Tick) error {
				k.waits.Waited += 3 * us // what every tick waits
				n++
				switch {
				case n == 40 && c.step != nil:
					c.step(k)
				case n == 40:
					// The step's own faults are not the next wake's.
					k.late = []int64{500 * us}
				case n == 41:
					k.inMark = false
				case n == 60:
					return ErrStop
				}
				return nil
			}, func(k *kernel, s *machine.System) {
				sleeps := 0
				for _, sleep := range []*func(int64) syscall.Errno{&s.Sleep, &s.SleepRaw} {
					kernels := *sleep
					*sleep = func(until int64) syscall.Errno {
						if sleeps++; sleeps == 41 && c.wake != nil {
							c.wake(k)
						}
						e := kernels(until)
						k.time += 20 * us
						return e
					}
				}
			})
			for i, got := range causes {
				want := record.Unattributed
				if i == 40 {
					want = c.want
				}
				if i == 41 && c.want&record.Overrun != 0 {
					want = record.Overrun // still behind
				}
				if got != want {
					t.Errorf("tick %d: cause %v, want %v", i, got, want)
				}
			}
		})
	}
}

// TestStepsFaultsAreTheirOwn: in a thread that is watched closely, a late wake is
// not attributed to events of the step before it.
func TestStepsFaultsAreTheirOwn(t *testing.T) {
	n := 0
	causes, _ := outliers(t, LoopConfig{}, func(k *kernel, tick *Tick) error {
		if n++; n > 20 {
			k.usage.MinorFaults++
			k.usage.InvoluntarySwitches++
		}
		if n == 40 {
			k.late = []int64{period / 2}
		}
		if n == 42 {
			return ErrStop
		}
		return nil
	}, nil)
	if causes[40] != record.Unattributed {
		t.Errorf("cause %v, want none", causes[40])
	}
}

// TestOrdinaryWaiting: what all ticks since the last look have waited for the CPU
// is not what the late one has.
func TestOrdinaryWaiting(t *testing.T) {
	const us = 1000
	r, err := record.New(record.Config{Top: 1})
	if err != nil {
		t.Fatal(err)
	}
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Recorder: r}, s, p)
	k.late = []int64{50 * us}
	n := int64(0)
	err = l.Run(t.Context(), func(*Tick) error {
		if k.late = []int64{30 * us}; n > 0 && n%27 == 0 {
			k.late[0] += n * us
		}
		k.waits.Waited += 20 * us
		if n++; n == 300 {
			return ErrStop
		}
		if top := r.Top()[0]; n > 30 && top.Cause != record.Unattributed {
			t.Fatalf("tick %d: outlier %+v, want no cause", n, top)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestThrottled: a busy real-time thread that waits as long as the kernel holds
// such threads back was held back; an idle one was not.
func TestThrottled(t *testing.T) {
	for _, c := range []struct {
		name     string
		ran      int64 // of each period
		waited   int64
		throttle int64
		want     record.Cause
	}{
		{"busy", period * 9 / 10, 45 * period, 50 * period, record.Switch | record.Throttled},
		{"idle", period / 20, 45 * period, 50 * period, record.Switch},
		{"shorter", period * 9 / 10, 20 * period, 50 * period, record.Switch},
		{"no limit", period * 9 / 10, 45 * period, 0, record.Switch},
	} {
		n := 0
		causes, _ := outliers(t, LoopConfig{}, func(k *kernel, tick *Tick) error {
			k.waits.Ran += c.ran
			if n++; n == 50 {
				k.waits.Waited += c.waited
				k.late = []int64{c.waited}
			}
			if n == 52 {
				return ErrStop
			}
			return nil
		}, func(_ *kernel, s *machine.System) { s.Throttle = func() int64 { return c.throttle } })
		if causes[50] != c.want {
			t.Errorf("%s: cause %v, want %v", c.name, causes[50], c.want)
		}
	}
}

// TestStepsAreCounted: what steps do to their P, their pages and the heap.
func TestStepsAreCounted(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	for _, mode := range []Mode{Strict, Portable} {
		l := mustLoop(t, LoopConfig{Mode: mode}, s, p)
		n := 0
		err := l.Run(t.Context(), func(*Tick) error {
			switch n++; n {
			case 2:
				k.held.Sample -= 64
			case 3:
				k.held.Tiny += 2
			case 4:
				k.held.Calls += 3
			case 5: // another goroutine allocated on the P
				k.held.Schedules, k.held.Sample = k.held.Schedules+2, k.held.Sample-99
			case 6:
				k.p = 3 - k.p
			case 90:
				k.usage = machine.Usage{MinorFaults: k.usage.MinorFaults + 1, MajorFaults: k.usage.MajorFaults + 2, VoluntarySwitches: k.usage.VoluntarySwitches + 3, InvoluntarySwitches: k.usage.InvoluntarySwitches + 4}
			case 92:
				return ErrStop
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := Stats{Ticks: 92, Allocs: 2, Syscalls: 1, MinorFaults: 1, MajorFaults: 2, Switches: 3, Preemptions: 4}
		if mode == Strict {
			want.LostP, want.Syscalls = 2, 3
		}
		if got := l.Stats(); got != want {
			t.Errorf("%v: Stats\n got %+v\nwant %+v", mode, got, want)
		}
	}
}

// TestUsageIsReadRarely: a quiet thread's usage is read every staleUsage ticks,
// one that faults is watched closely.
func TestUsageIsReadRarely(t *testing.T) {
	if debugging {
		t.Skip("rtdebug reads it each tick")
	}
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	reads, read := 0, s.ThreadUsage
	s.ThreadUsage = func() (machine.Usage, error) { reads++; return read() }
	n := 0
	err := l.Run(t.Context(), func(*Tick) error {
		switch n++; n {
		case 101:
			if reads > 100/usageEveryMost+4 {
				t.Errorf("%d reads in 100 quiet ticks", reads)
			}
		case 150, 151, 152, 153, 154, 155, 156, 157, 158, 159:
			k.usage.MinorFaults++
			reads = 0
		case 160:
			if reads != 1 {
				t.Errorf("%d reads in a tick that faults", reads)
			}
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Stats().MinorFaults; got != 10 {
		t.Errorf("%d faults, want 10", got)
	}
}

// TestWarmUp: what happens in the warm-up is left out of the counts and the
// record.
func TestWarmUp(t *testing.T) {
	children := []SubStep{{Every: 2, Step: func(*Tick) error { return nil }}}
	n := 0
	causes, stats := outliers(t, LoopConfig{WarmUp: 5, SubSteps: children}, func(k *kernel, tick *Tick) error {
		n++
		if n <= 5 {
			k.usage.MinorFaults++
			k.held.Sample -= 64
			k.late = []int64{period + 1}
		}
		if n == 9 {
			return ErrStop
		}
		return nil
	}, nil)
	if want := (Stats{Ticks: 4, MaxLatency: period + 1}); stats.Ticks != want.Ticks || stats.MinorFaults != 0 || stats.Allocs != 0 || len(causes) != 4 {
		t.Errorf("Stats %+v and %d samples, want those of the last 4 ticks", stats, len(causes))
	}
}

// TestUnusualWaitsStayUnusual: a wait for the CPU that is longer than bearable does not
// become the usual one, so that the next of its kind is told as well; a shorter one does.
func TestUnusualWaitsStayUnusual(t *testing.T) {
	var waited, now int64
	w := stepMonitor{sys: &machine.System{
		Now:           func() int64 { now += period; return now },
		ReadSchedstat: func(int) (procfs.Schedstat, bool) { return procfs.Schedstat{Waited: waited}, true },
	}}
	for i, step := range []struct{ wait, ticks, want, usual int64 }{
		{1000, 1, 1000, 0}, {1000, 1, 1000, 0}, {80, 2, 80, 40}, {80, 2, 0, 40}, {500, 1, 460, 40}, {40, 1, 0, 40},
	} {
		waited += step.wait
		if got := w.readWait(step.ticks, 100); got != step.want || w.usual != step.usual {
			t.Errorf("look %d: %d ns beyond %d, want %d beyond %d", i, got, w.usual, step.want, step.usual)
		}
	}
}
