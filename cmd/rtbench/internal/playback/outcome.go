package playback

import "time"

// Outcome is what one mode did.
type Outcome struct {
	Mode Mode
	// Quiet and Loaded are the two windows; ControlQuiet and ControlLoaded what C
	// did in them.
	Quiet, Loaded               Figures
	ControlQuiet, ControlLoaded Figures
	// ExecP50 is the median time in the synth while quiet, ControlExecP50 that of
	// the synth in C.
	ExecP50, ControlExecP50 int64
	// AllocsPerBlock while nothing else ran in the process.
	AllocsPerBlock float64
	// Collections of garbage a second during the stream.
	Collections float64
	Granted     string
	Comparison  Comparison
	// Durations are those of the callback under the load, in order, and Heard the
	// samples captured then, interleaved.
	Durations []int64
	Heard     []float32
	// Gaps in the sound under the load.
	Gaps    []Gap
	Started time.Time
	control []Cycle // loaded
	// Failed, when not empty, says why there is nothing.
	Failed string
}

// Session is everything that was measured.
type Session struct {
	// Backend: "jack-dummy", "pipewire" or "sim".
	Backend string
	// Why there is no more than a simulated device, where that is so.
	Why      string
	Outcomes []Outcome
	// Control are C's cycles under loads, of all modes.
	Control []Cycle
	// ServerPriority is the real-time priority of the server, 0 for none.
	ServerPriority int
}
