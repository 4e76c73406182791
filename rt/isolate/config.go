package isolate

import (
	"fmt"
	"github.com/memkit-go/memkit/rt"
	"io"
	"os"
	"strings"
	"time"
)

// Config shapes an isolate. The zero value is one Strict loop's process
// without channels, never restarted.
type Config struct {
	// CPU is where the child's loops run that name none; AnyCPU means those that
	// Setup keeps free in the child: the last of the machine's, one for each of
	// Process.Loops. Give several isolates CPUs of their own.
	CPU rt.CPU
	// Policy is that of the child's loops that name none.
	Policy rt.Policy
	// Process is what [rt.Setup] prepares in the child before the entry runs. Where
	// it names no LoopCPUs, CPU is kept free.
	Process rt.ProcessConfig
	// Args are the child's, [Child].Args.
	Args []string
	// Channels are the memory that parent and child share.
	Channels []Channel
	// Restart says what happens after the isolate went down.
	Restart Restart
	// SafeState is called in the parent, from a goroutine of its own, at the first sign
	// of a failure: the place to stop motors. It is not called for an entry that returns
	// nil, and must not wait for the isolate.
	//
	// When the heartbeat has stopped, all threads of the child's process group are
	// stopped first, so that the child cannot act at the same time or afterwards; then
	// comes SafeState, then the kill. When the child's standard error says that the Go
	// runtime ends the process, SafeState is called before the runtime has written all
	// stacks, and other loops of the child begin no further step. Otherwise the child is
	// dead already.
	//
	// An entry in this process cannot be stopped or killed. When it hangs, its context
	// ends, SafeState is called while the entry may still act, and Wait returns; the
	// goroutine is left behind. What it can still reach, SafeState has to switch off so
	// that it stays off.
	SafeState func(Failure)
	// SafeStateLimit is how long the kill waits for SafeState to return; zero means
	// 100 ms. A restart waits until it has returned.
	SafeStateLimit time.Duration
	// FirstBeat is how long the entry may take until a loop of its runs or it calls
	// Child.Beat; zero means 5 s. An entry that takes longer counts as hung. Start
	// returns at the first beat, so that Isolate.Stats has the loop, and fails when the
	// entry fails earlier; no restart follows then. With a negative FirstBeat, for
	// entries that have no loop and do not beat, Start returns when the entry begins,
	// and nothing is watched before the first beat.
	FirstBeat time.Duration
	// Heartbeat is how long a running loop, or an entry that has called
	// Child.Beat, may go without a beat until the child counts as hung and is
	// killed. A loop always has four periods. Zero means 250 ms, and with
	// InProcess no watch; negative means no watch. The parent counts looks and not
	// time, so that a stop of the whole machine does not count as a hung child.
	Heartbeat time.Duration
	// Stdout and Stderr get what the child writes, one Write at a time; nil means
	// the parent's own. A writer that fails is not used again, and the child does
	// not notice.
	Stdout, Stderr io.Writer
	// InProcess runs the entry as a goroutine of this process over Go-heap
	// memory: for the race detector, for debuggers, for testing/synctest, and for
	// systems other than Linux. Its loops are Portable ones that sleep on the Go
	// runtime's timers, unless this process has been prepared by [rt.Setup]: then
	// they are what their config says. A panic of the entry's goroutine ends the
	// generation as a crash would end the process; one of another goroutine, a panic in
	// a Strict step and a stack overflow end this program. A hung entry is left behind
	// and not restarted. Process, Stdout and Stderr are not used.
	InProcess bool
}

// defaultHeartbeat is more than twice what a control group that has used up its
// CPU quota stands still, and six times the longest hole of a real-time thread on
// a virtual machine under load (100 ms of the kernel's default quota period;
// cyclictest 41 ms, 2 cores, Linux 6.18, 250 µs, 10 s). Longer leaves a motor
// running longer behind a hung loop, shorter kills loops that were only delayed.
const defaultHeartbeat = 250 * time.Millisecond

// defaultFirstBeat is long for opening devices and making a loop, which takes 3 to
// 90 ms, and short for a person who waits for the error.
const defaultFirstBeat = 5 * time.Second

// defaultSafeStateLimit is long for a function that writes to a few descriptors, and
// short for a child that is stopped and still holds them.
const defaultSafeStateLimit = 100 * time.Millisecond

// shortestHeartbeat leaves the parent, an ordinary process, time for its looks.
const shortestHeartbeat = 4 * time.Millisecond

// validate checks c and fills its zero values. What concerns loops and the
// process is checked in the child, which has the machine as it will be used.
func (c Config) validate() (Config, error) {
	wrong := func(field string, value any, reason, remedy string) (Config, error) {
		return c, configError("Config."+field, fmt.Sprint(value), reason, remedy)
	}
	cpu, named := c.CPU.Number()
	switch {
	case named && cpu < 0:
		return wrong("CPU", cpu, "no CPU has a negative number", "give OnCPU(0) or higher, or AnyCPU")
	case !c.Policy.Valid():
		return wrong("Policy", int64(c.Policy), "is unknown", "give FIFO(1) to FIFO(99), Deadline with at least 1µs, or Other")
	case c.SafeStateLimit < 0:
		return wrong("SafeStateLimit", c.SafeStateLimit, "must not be negative", "give e.g. 100*time.Millisecond, or 0 for that")
	case c.Heartbeat > 0 && c.Heartbeat < shortestHeartbeat:
		return wrong("Heartbeat", c.Heartbeat, "is shorter than an ordinary process can watch", fmt.Sprintf("give at least %v", shortestHeartbeat))
	}
	for i, arg := range c.Args {
		if strings.ContainsRune(arg, 0) {
			return wrong(fmt.Sprintf("Args[%d]", i), fmt.Sprintf("%q", arg), "contains a NUL byte, which no argument can", "send binary data through a channel")
		}
	}
	if err := checkChannels(c.Channels); err != nil {
		return c, err
	}
	var err error
	if c.Restart, err = c.Restart.validate(); err != nil {
		return c, err
	}
	if c.SafeStateLimit == 0 {
		c.SafeStateLimit = defaultSafeStateLimit
	}
	if c.FirstBeat == 0 {
		c.FirstBeat = defaultFirstBeat
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = defaultHeartbeat
		if c.InProcess {
			c.Heartbeat = -1
		}
	}
	if c.Stdout == nil {
		c.Stdout = os.Stdout
	}
	if c.Stderr == nil {
		c.Stderr = os.Stderr
	}
	return c, nil
}

func checkChannels(channels []Channel) error {
	if len(channels) >= maxChannels {
		return configError("Config.Channels", fmt.Sprint(len(channels)), fmt.Sprintf("an isolate has at most %d", maxChannels-1), "send structs through fewer channels")
	}
	names := map[string]int{}
	for i, c := range channels {
		wrong := func(value any, reason, remedy string) error {
			return configError(fmt.Sprintf("Config.Channels[%d]", i), fmt.Sprint(value), reason, remedy)
		}
		if c == nil {
			return wrong("nil", "is no channel", "give what NewQueue, NewCell or NewBlocks returned")
		}
		d := c.declared()
		first, used := names[d.name]
		switch {
		case d.name == "" || len(d.name) > maxNameBytes || strings.ContainsRune(d.name, 0):
			return wrong(d, fmt.Sprintf("the name must have 1 to %d bytes, none of them NUL", maxNameBytes), "give a plain name, e.g. \"telemetry\"")
		case strings.HasPrefix(d.name, "rt."):
			return wrong(d, "names that begin with rt. are the package's own", "give another name")
		case used:
			return wrong(d, fmt.Sprintf("the name is that of Channels[%d] too", first), "give every channel a name of its own, and list each once")
		case d.invalid != nil:
			return wrong(d, d.invalid.Error(), "share values without Go pointers")
		case d.size <= 0:
			return wrong(d, fmt.Sprintf("the capacity %d is not possible", d.capacity), "give 1 to 1<<30 elements that fit into memory")
		}
		names[d.name] = i
	}
	return nil
}
