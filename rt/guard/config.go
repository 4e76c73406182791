package guard

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/isolate"
)

// Config shapes a guard. One bus, Period, and SafeFrame or SafeState must be set.
type Config struct {
	// UDP, Unix, Serial, CAN or Memory is the bus to the actuator; exactly one. With
	// Memory the device attaches by AttachDevice. UDP and Unix sockets are handed to the
	// controller; on the others it sends through the guard, frames of at most
	// bus.MemoryFrame bytes. A name of Unix must be a path in the file system, where
	// the device is when the controller is armed.
	UDP    *bus.UDPConfig
	Unix   *bus.UnixConfig
	Serial *bus.SerialConfig
	CAN    *bus.CANConfig
	Memory bool
	// SafeLocal is the source of the safe frame on UDP, an address such as
	// "192.168.1.2:9001", and on Unix, a path: a second one, because the first is shut
	// down. Empty means any free port, and Unix.Local with ".safe" at its end.
	SafeLocal string
	// SafeFrame is what the guard sends when it trips, and again every period until it
	// is armed anew. SafeState is called once. At least one of them must be set.
	SafeFrame []byte
	SafeState *SafeState
	// Period is the controller's: it beats once in it, and the guard looks twice.
	Period time.Duration
	// Silence is how many periods the beat may stay away until the guard trips: Silence
	// to Silence+½ periods after the last, and its own wake latency. What counts are the
	// guard's looks, so that a stop of the whole machine is no silence. 0 means 20.
	Silence int
	// FirstBeat is how long an armed controller may take until it beats. 0 means 1 s:
	// a loop's preparation takes up to 90 ms.
	FirstBeat time.Duration
	// Mode, Policy and CPU are those of the guard's loop. A zero Policy is FIFO(90),
	// and Other in Portable: a watchdog must outrank what it watches. AnyCPU lets the
	// kernel move it off a CPU that a controller holds.
	Mode   rt.Mode
	Policy rt.Policy
	CPU    rt.CPU
	// Process is what rt.Setup prepares in the guard. Without LoopCPUs it keeps the
	// affinity of its threads.
	Process rt.ProcessConfig
	// Watchdog is the path of a hardware watchdog, such as /dev/watchdog, which the
	// guard writes to ten times a second while it runs, and disarms when it ends in
	// good order. Empty means none.
	Watchdog string
	// Died is called in the process that called Start when the guard has ended other
	// than by Stop. It may be nil.
	Died func(isolate.Failure)
	// Stdout and Stderr get what the guard writes; nil means this process's own.
	Stdout, Stderr io.Writer
}

const (
	defaultSilence   = 20
	defaultFirstBeat = time.Second
	// defaultPriority is above rt.DefaultPriority and below the kernel's own
	// migration threads.
	defaultPriority = 90
	// mostSilence bounds a look count.
	mostSilence = 100_000
)

// settings are a Config as it goes to the guard's process.
type settings struct {
	UDP       *bus.UDPConfig    `json:",omitempty"`
	Unix      *bus.UnixConfig   `json:",omitempty"`
	Serial    *bus.SerialConfig `json:",omitempty"`
	CAN       *bus.CANConfig    `json:",omitempty"`
	Memory    bool              `json:",omitempty"`
	SafeLocal string            `json:",omitempty"`
	SafeFrame []byte            `json:",omitempty"`
	SafeState string            `json:",omitempty"`
	Period    time.Duration
	Silence   int
	FirstBeat time.Duration
	Mode      rt.Mode
	Policy    rt.Policy
	CPU       int
	Watchdog  string `json:",omitempty"`
	Address   string
}

// sockets reports whether the controller writes to a socket of its own.
func (s *settings) sockets() bool { return s.UDP != nil || s.Unix != nil }

// validate checks c and returns it with its zero values filled.
func (c Config) validate() (settings, error) {
	wrong := func(field string, value any, reason, remedy string) (settings, error) {
		return settings{}, configError("Config."+field, fmt.Sprint(value), reason, remedy)
	}
	ways := 0
	for _, set := range []bool{c.UDP != nil, c.Unix != nil, c.Serial != nil, c.CAN != nil, c.Memory} {
		if set {
			ways++
		}
	}
	if c.Silence == 0 {
		c.Silence = defaultSilence
	}
	if c.FirstBeat == 0 {
		c.FirstBeat = defaultFirstBeat
	}
	if c.Policy == 0 && c.Mode != rt.Portable {
		c.Policy = rt.FIFO(defaultPriority)
	}
	most := bus.MemoryFrame
	if c.UDP != nil || c.Unix != nil {
		most = 1500
	}
	switch {
	case ways != 1:
		return wrong("UDP, Unix, Serial, CAN, Memory", fmt.Sprintf("%d set", ways), "a guard has one bus to its actuator", "set exactly one; start a guard for each")
	case c.Unix != nil && (!filepath.IsAbs(c.Unix.Local) || !filepath.IsAbs(c.Unix.Remote)):
		return wrong("Unix", fmt.Sprintf("%s to %s", c.Unix.Local, c.Unix.Remote), "is no pair of paths from the root of the file system", "give absolute paths")
	case c.SafeLocal != "" && c.UDP == nil && c.Unix == nil:
		return wrong("SafeLocal", c.SafeLocal, "is for UDP and Unix", "leave it empty")
	case len(c.SafeFrame) == 0 && c.SafeState == nil:
		return wrong("SafeFrame", "empty", "there is no SafeState either", "give the frame that stops the actuator, or a SafeState")
	case len(c.SafeFrame) > most:
		return wrong("SafeFrame", fmt.Sprintf("%d bytes", len(c.SafeFrame)), "is too long for the bus", fmt.Sprintf("give at most %d bytes", most))
	case c.Period < 50*time.Microsecond:
		return wrong("Period", c.Period, "is shorter than a wake-up costs", "give the controller's period, e.g. time.Millisecond")
	case c.Silence < 2 || c.Silence > mostSilence:
		return wrong("Silence", c.Silence, "must be 2 to 100,000 periods", "give e.g. 20, or 0 for that")
	case c.FirstBeat < c.Period:
		return wrong("FirstBeat", c.FirstBeat, "is shorter than a period", "give e.g. time.Second, or 0 for that")
	}
	s := settings{
		UDP: c.UDP, Unix: c.Unix, Serial: c.Serial, CAN: c.CAN, Memory: c.Memory,
		SafeLocal: c.SafeLocal, SafeFrame: c.SafeFrame, Period: c.Period, Silence: c.Silence, FirstBeat: c.FirstBeat,
		Mode: c.Mode, Policy: c.Policy, CPU: -1, Watchdog: c.Watchdog,
	}
	if c.SafeState != nil {
		s.SafeState = c.SafeState.name
	}
	if n, named := c.CPU.Number(); named {
		s.CPU = n
	}
	return s, nil
}
