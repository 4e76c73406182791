// Package rt runs Go code periodically in real time. [Setup] prepares the process,
// [NewLoop] prepares a loop, and [Loop.Run] calls a step once a period.
//
//	p, err := rt.Setup(rt.ProcessConfig{})
//	defer p.Close()
//	loop, err := rt.NewLoop(rt.LoopConfig{Period: time.Millisecond})
//	err = loop.Run(ctx, func(t *rt.Tick) error { … })
//
// # Why a loop loses periods in Go
//
// A goroutine needs a thread and one of GOMAXPROCS processors, its P. The kernel
// gives a real-time thread its CPU at once, but a plain loop still waits for a P:
// the runtime takes it away during a system call, the sleep included, and on return
// the goroutine queues behind the time slices of all others. Every 10 ms the
// runtime also asks a running goroutine to yield at its next function call. Under
// load from four busy goroutines a plain 1 ms loop loses 61% of its periods; while
// the collector works, a loop loses 30 to 75% in every mode (2-core virtual
// machine, Linux 6.18 PREEMPT_DYNAMIC, Go 1.26, SCHED_FIFO, 3 to 10 s).
//
// # What Strict does
//
// [Strict] does all of the following. It returns a [PrivilegeError], a
// [ConfigError], [ErrNoSetup] or [ErrUnsupported] rather than leave out any of the
// thread's part:
//
//   - The process ([Setup]): GOMAXPROCS is set once to CPUs plus loops, the
//     collector is off, pages are locked as they are touched, /dev/cpu_dma_latency
//     is kept at 0 (a wake-up's p50 is 22 µs with it, 30 without), and all other
//     threads are confined to the CPUs that loops leave. [Process.Applied] and
//     [Granted] name the settings that the kernel refused; [ProcessConfig] can make
//     a refusal an error.
//   - The thread: locked to the goroutine, SCHED_FIFO that children do not
//     inherit, alone on its CPU, all signals blocked but synchronous faults and
//     32 to 34.
//   - The goroutine: pinned to a P with an empty queue, asleep in raw system calls
//     to absolute times, so that it never gives the P up.
//
// [Cooperative] does the thread's part without the pin and the blocked signals,
// needs no Setup, and gives the P up while it sleeps. [Portable] needs no privilege
// and works on every system: a locked thread and, on Linux, the finest timer slack.
// [Auto] takes the first of the three that is granted; no other mode degrades.
// [Loop.Granted] says which mode it is and why.
//
// # A process of its own
//
// A program that also does ordinary work keeps its loops in an isolate, the same
// executable started again as a child process: see package rt/isolate. The child's
// collector is off and its memory locked, while the parent stays an ordinary Go
// program with its collector on.
//
// # What a Strict step must not do
//
// The step runs pinned. A blocking channel operation, time.Sleep,
// runtime.Gosched, runtime.GC, a contended mutex, a panic or a nil dereference
// ends the process, and no recover helps. The runtime then reports "schedule: holding
// locks", "panic holding locks" or "unexpected signal", and a line below that names the
// loop, its step and the remedy. Non-blocking channel operations, allocation and an
// uncontended mutex are legal. Mutexes shared with ordinary goroutines are therefore
// forbidden: the contended case is a rare crash. A step that never returns is told of
// by [LoopConfig].OnStall.
//
// Two mistakes are silent instead. An ordinary system call or a cgo call can lose
// the P, and the loop then queues behind busy goroutines. Do input and output on
// raw descriptors, and other calls inside [Tick.Syscall], where the step is not
// pinned: any call is legal there, and its cost is counted. And a goroutine that
// the step starts, or wakes through a channel, waits in the pinned P's queue until
// another P is idle, which under load from enough busy goroutines never happens.
// Wake it through a [Notifier], and hand data over in memory: package ring.
//
// # Counters, and the causes of late ticks
//
// Every step is checked. The runtime's own counters on the P show whether the step
// made an ordinary system call, allocated or lost the P, at a cost of 10 ns. The
// kernel is asked for the thread's page faults and preemptions, in a system call of
// 200 to 400 ns: in every 8th tick of a quiet thread, in each tick of a thread that
// met some, and at once when a tick is late. So [Stats] counts every event, and
// after [LoopConfig].WarmUp should read 0 in MinorFaults, Allocs, Syscalls, LostP
// and Interrupted. All of it, with the loop's own work and a Recorder, takes 270 ns
// a tick (BenchmarkLoopOverhead; 2-core virtual machine, AMD EPYC, Linux 6.18,
// where a system call that does nothing takes 200). A [Monitor] counts the same
// events for code that no loop runs.
//
// A Recorder's outliers carry causes: Interrupted, Fault, Switch (another thread
// had the CPU, by the kernel's own account of how long the thread waited for it),
// Throttled (the same, and the thread was busy, and it lasted as long as the kernel
// holds busy real-time threads back), LostP, StoppedWorld, Overrun, and Steal,
// which an ordinary goroutine reads while the loop runs and Run attributes at its
// end; the kernel counts steal in steps of 10 ms, so a shorter one is seldom seen.
// An outlier without a cause was the kernel's or the host's.
//
// With build tag rtdebug a step that breaks the rules stops its loop with a panic
// that names the step and the call that allocated: in Strict, one that lost its P,
// met a page fault, allocated or made an ordinary system call outside Tick.Syscall,
// in the other modes the last two. The first 100 steps are exempt, or WarmUp.
//
// # Stopping the world
//
// ReadMemStats, profiles, runtime.GC and changes of GOMAXPROCS stop all goroutines
// and wait for each. A pinned loop would make them, and every other goroutine, wait
// without end.
//
// Call them in [Process.Maintenance] when they must not meet a step: all Strict loops
// end their step, give up their P, wait, and continue in phase on an empty P. The
// activations lost to it are counted separately, as [Stats].MaintenanceSkipped. They
// are as many as the call is long: for runtime.GC next to busy goroutines, which is
// mostly concurrent, more than a bare call costs (see Process.Maintenance).
//
// A stop outside of Maintenance does not deadlock: a loop that is asked to stop for
// as long as [LoopConfig].StopWait lets the stop pass after a step. It does not
// obey at once, because the runtime asks in the same way when a time slice is over.
// Such a stop costs periods beyond its own length: the loop has to get a P back in
// competition with all other goroutines, and then moves to an empty one. On an idle
// machine that takes a period or two, under load from busy goroutines tens of
// milliseconds. Stop the world before the loop starts; starting a second loop costs
// the first as much. With the collector off, no stop happens by itself.
//
// # Periods, phase, overruns
//
// Activations are absolute times, one period apart. When a step ends after the next
// activation was due, [Overrun] decides: [Skip], the default, drops those whose
// time has passed and keeps the phase; [CatchUp] runs them late; [Rebase] gives up
// the phase; [Stop] ends the loop. [Tick] has the numbers, and a [record.Recorder]
// keeps the wake latency of each tick. A period must be longer than two wake-ups
// cost, which NewLoop measures.
//
// A [MissBudget] allows M missed deadlines in any K consecutive periods and calls
// OnMiss when they are more. A [SubStep] runs in every nth period, after the
// step; it counts its own skipped activations.
//
// [Deadline] reserves CPU time instead of a priority. It wakes no earlier than
// [FIFO] (20 µs both, medians of the p50 of 12 interleaved runs of 1.5 s at 250 µs,
// idle, same machine) and does not allow a CPU of the loop's own; use it where a
// step must not starve other threads.
//
// The kernel throttles a real-time thread that never sleeps for 50 ms of each
// second, so no loop of this package spins for more than half of its period.
package rt
