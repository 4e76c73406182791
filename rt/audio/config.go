package audio

import (
	"time"

	"github.com/memkit-go/memkit/rt/isolate"
)

// Config says what [Open] opens. The zero value is the default output device, two
// channels, at the device's own rate and block size. A declared Processor then runs
// in a process of its own; another one runs in this process on a thread of the
// stream's, for which Start adds two to GOMAXPROCS, one more for each further stream,
// and has the collector run less often (HeapRoom), until Stop. The zero value changes
// nothing else in this process: it pins nothing, locks no memory and leaves the
// collector on. Stream.Granted names the missing guarantees.
type Config struct {
	// Backend is what clocks the stream and carries its samples.
	Backend Backend
	// HostAPI narrows the choice of devices: "JACK" for a JACK or PipeWire server, or
	// one of PortAudio's host APIs, such as "ALSA"; empty means the default one.
	HostAPI string
	// Device is the name of a device, or a part of it that no other has, as
	// [Devices] lists them; empty means the default one.
	Device string
	// Rate in frames a second; zero means the device's own (Sim and Offline:
	// 48000). A device that cannot do it is an error.
	Rate float64
	// Frames a block; zero means the device's own (Sim and Offline: 64).
	Frames int
	// In and Out are numbers of channels. Both zero means no input and two
	// outputs.
	In, Out int
	// Input, when not nil, is another device for the input. The two have clocks of their
	// own: the input is resampled, by as much as their rates differ and drift, and comes
	// later by some of its blocks, which Stats.Latency counts. It cannot be had in
	// Blocking and Offline.
	Input *Input
	// Name is what a sound server calls the stream, in patch bays for example; empty
	// is the program's. Two programs of one user that play on different JACK servers
	// need different names: JACK keeps a client's socket under its name only.
	Name string
	// Mode is how Process is called; zero is Handoff.
	Mode Mode
	// Priority is the real-time priority of the thread that calls Process where
	// that thread is the stream's own (Handoff and Blocking), from 1 to 99; zero
	// means the device thread's own where that is known, else 65. A refusal is no
	// error: the thread then runs at an ordinary priority, and
	// Stream.Granted says so.
	Priority int
	// Budget is how many periods after the start of the cycle Handoff plays a
	// substitute, up to 2. The start of the cycle is when the device's interrupt came,
	// and not when this client was called: clients of one sound server share its cycle.
	//
	// Zero means as many as the server tolerates, and at least half of that after the
	// call: two for an asynchronous JACK server, its default, which lets a client end
	// during the next cycle and then plays it without loss; one elsewhere. A smaller
	// Budget than that silences blocks that would have been heard. Where the program's
	// other goroutines can delay Process, it means 0.9 instead: they do so for many
	// periods, and waiting longer would take cycles from the server's other clients.
	Budget float64
	// OnMiss is the substitute.
	OnMiss OnMiss
	// Pinned keeps the goroutine that calls Process on its P for good, so that no
	// other goroutine can delay it. It needs rt.Setup (with Sim, for two
	// loops), and a panic in Process then ends the program; see the package's
	// documentation. An isolate's stream is pinned anyway where that is granted;
	// Pinned then makes it an error where it is not.
	Pinned bool
	// InProcess runs a declared Processor in this process.
	InProcess bool
	// HeapRoom is how many bytes more of garbage this program may make between two
	// collections while a stream runs in it: each collection stops the world twice, and
	// Process with it. Zero means 64 MiB, negative none. The streams of a program share
	// the most that one of them asks for. It costs as much memory as there is more garbage,
	// and is at most a quarter of what the machine and the program's control group have
	// left. There is none while GOMEMLIMIT is set or the collector is off. Isolates, Sim
	// and Offline do not need it. Stream.Granted says how much there is.
	HeapRoom int
	// Args are given to the constructor of a declared Processor.
	Args []string
	// Restart says whether an isolate that has died is started again; zero is
	// never. The new one opens the device again and counts Block.Frame from 0.
	Restart isolate.Restart
	// Stall is how long the device may go without a cycle before the stream
	// counts as stalled; zero means 200 ms, or 20 periods if that is longer.
	Stall time.Duration
	// ScratchBytes is the size of Block.Scratch; zero means 64 KiB.
	ScratchBytes int
	// Queue is how many events Send and Notify hold each; zero means 1024.
	Queue int
	// Samples is how many of each timing are kept in order for Stream.Series, 8
	// bytes each; zero keeps none, and Stats still has the quantiles.
	Samples int
	// OnState, when not nil, is called when State changes, with the error that
	// Stream.Err returns then. It, OnCycle and OnBlock are called by one ordinary
	// goroutine of the stream's that holds no lock: they may call any method of it.
	OnState func(State, error) `json:"-"`
	// OnCycle, when not nil, is called for each cycle, in order, some 50 ms later.
	OnCycle func(Cycle) `json:"-"`
	// OnBlock, when not nil, is called for each block that Process was given, as
	// OnCycle is for cycles: which blocks have allocated, met page faults, lost
	// their P or a stopped world.
	OnBlock func(Processed) `json:"-"`
	// Sim is what the Sim backend plays and records.
	Sim SimConfig `json:"-"`
}

// SimConfig is what stands in for a device in Sim. Both functions are called on
// the real-time thread of Sim's clock, and are held to the same rules as Process.
type SimConfig struct {
	// Source fills the input; nil is silence.
	Source func(in [][]float32)
	// Sink takes the output; nil drops it.
	Sink func(out [][]float32)
}

// Backend is what clocks a stream and carries its samples.
type Backend uint8

const (
	// Auto is JACK where such a server answers, else PortAudio where it was built in.
	Auto Backend = iota
	// JACK is a JACK or PipeWire server, through its own library. It needs cgo and
	// Linux, and the library when it runs. A server that ends is waited for, and the
	// stream goes on with the next one.
	JACK
	// PortAudio is sound hardware. It needs a C compiler and the build tag portaudio;
	// without, Open's error says so. It finds JACK servers only where HostAPI is
	// "JACK". On other systems than Linux, where nothing of it has been tested, its
	// callback is in Go: Stream.Granted says what that cannot promise. The tag
	// portaudio_go makes it so on Linux too.
	PortAudio
	// Sim is clocked by a real-time loop, everywhere and without a device: its
	// input is silence or Sim's own, its output is dropped.
	Sim
	// Offline has no clock: Stream.Render drives it.
	Offline
)

// Mode is how Process is called.
type Mode uint8

const (
	// Handoff hands each block from the device's thread to a thread of the
	// stream's own, and plays a substitute when it is not back in time: no Go
	// code runs on the device's thread.
	Handoff Mode = iota
	// Direct calls Process on the device's thread: the least overhead, and no
	// protection when Process is late or waits for a processor.
	Direct
	// Blocking reads and writes the device from a thread of the stream's own: it
	// works with any device and adds periods of latency.
	Blocking
)

// OnMiss is what Handoff plays for a block that was not ready in time.
type OnMiss uint8

const (
	// Silence plays zeros.
	Silence OnMiss = iota
	// Repeat plays the last good block again.
	Repeat
	// Fade plays the last good block once more, falling to silence, then silence,
	// and lets the first good block rise from it.
	Fade
)
