package record

// Run is everything one measuring command saw: the content of a run file.
type Run struct {
	// Created is the start of the run, RFC 3339.
	Created string `json:"created"`
	// Command is the command line that made it.
	Command []string `json:"command"`
	// Env is the machine's fingerprint and the rights the run had.
	Env map[string]string `json:"env"`
	// Incomplete says why the run ended before all was measured; empty for a whole
	// run. The samples of an incomplete run are as good as others, but those that are
	// missing may have been the worst.
	Incomplete string `json:"incomplete,omitempty"`
	// Series in the order measured: interleaved over processes.
	Series []Series `json:"series"`
	// Look is the number, from 1, of the last of several looks at the growing
	// samples that decided how long to measure; 0 for a run of a length fixed
	// beforehand. Who judges the run must spread the error rates over the looks.
	Look int `json:"look,omitempty"`
	// Interference is what else took CPU time while it ran: steal, in time order.
	Interference []Interference `json:"interference,omitempty"`
}

// Interference is CPU time that the run did not get, sampled from outside the
// measuring process.
type Interference struct {
	// At is nanoseconds since the run's start.
	At int64 `json:"at"`
	// Steal is the share of all CPUs' time stolen by the host since the
	// previous entry, 0 to 1.
	Steal float64 `json:"steal"`
	// Quota is for how long, in ns, the CPU quota of the control group stopped its
	// threads since the previous entry.
	Quota int64 `json:"quota,omitempty"`
	// Hot is how often processors slowed down since the previous entry because they
	// were hot.
	Hot int64 `json:"hot,omitempty"`
	// Slowest is the lowest frequency of a processor at that time in kHz; 0 where it
	// cannot be read.
	Slowest int64 `json:"slowest_khz,omitempty"`
}
