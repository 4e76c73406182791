package counters

// Options are what the loops of an isolate have and no rt.LoopConfig says.
type Options struct {
	// LoopCPU gives a loop that names no CPU one of those that rt.Setup keeps free,
	// in every mode.
	LoopCPU bool
	// RuntimeClock makes the loop, where rt.Setup has not prepared the process, a
	// Portable one that sleeps on the Go runtime's timers and leaves its thread as
	// it is. Missing is then added to its rt.Granted.
	RuntimeClock bool
	Missing      string
	// Place gives the loop, an *rt.Loop, its counters once it is granted what its
	// config asks for. Name is that of its config, or the default.
	Place func(name string, loop any) (*Counters, error)
}

// NewLoop is rt.NewLoop with options: config is an rt.LoopConfig and loop an
// *rt.Loop, whose types this package cannot name. Package rt sets it.
var NewLoop func(config any, o Options) (loop any, err error)
