package playback

// Mode is a way of calling Go for sound.
type Mode string

const (
	// C is the control: no Go at all.
	C Mode = "c"
	// Gordonklaus is the callback of github.com/gordonklaus/portaudio as it comes.
	Gordonklaus Mode = "gordonklaus"
	// Default is the zero Config with a declared Processor, which runs in a process of
	// its own, and Undeclared the zero Config with another one.
	Default    Mode = "default"
	Undeclared Mode = "undeclared"
	Direct     Mode = "direct"
	// Handoff is in a program that is nothing but real-time: the thread keeps its P
	// and the collector is off.
	Handoff Mode = "handoff"
	// Sim is Handoff on a simulated device.
	Sim Mode = "sim"
)

// Live are the modes that need a sound server, in the order in which they run.
var Live = []Mode{Default, Undeclared, Gordonklaus, Direct, Handoff}

// standard are measured when nothing else is asked for.
var standard = []Mode{Default, Undeclared, Gordonklaus, Direct, Handoff, Sim}

// Guaranteed reports whether the mode promises to be in time under any load.
func (m Mode) Guaranteed() bool { return m == Default || m == Handoff || m == Sim }
