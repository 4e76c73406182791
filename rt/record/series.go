package record

// Kind says what one sample of a [Series] covers.
type Kind string

const (
	// Latency samples cover one operation each: end minus intended start, in
	// nanoseconds. Only they carry quantiles and bounds.
	Latency Kind = "latency"
	// Batch samples cover [Series.Ops] operations each, timed as one block, so
	// that the clock's own cost vanishes. They carry the mean cost per
	// operation and nothing else.
	Batch Kind = "batch"
)

// Series is what one fresh process measured of one benchmark, in the order in
// which it was measured. Order is evidence: the independence tests need it.
type Series struct {
	// Name is the benchmark's permanent name, "loop/wake-1ms".
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Unit of a sample; "ns" everywhere in memkit.
	Unit string `json:"unit"`
	// Process numbers the fresh process that measured, from 0.
	Process int `json:"process"`
	// Start is when the process was launched, in ns since the run's start, on the
	// clock of [Interference]. Its first sample is later by the process's set-up,
	// tens of milliseconds, so a sample's place in the run's time is known to
	// within that. 0 where it is unknown.
	Start int64 `json:"start,omitempty"`
	// Ops is how many operations one sample covers; 1 for Latency.
	Ops int `json:"ops"`
	// Period is the intended distance of two activations in ns, 0 when the
	// benchmark is not periodic.
	Period int64 `json:"period,omitempty"`
	// Counters are exact counts of this process, which add up over processes:
	// "periods", "skipped", "skipped_exempt", "allocs", "ops", "faults", …
	Counters map[string]float64 `json:"counters,omitempty"`
	// Facts are properties of this one process that do not add up: "timer_ns",
	// "mode_strict", "trace_digest", "arena_over_live", … No name is both a
	// counter and a fact.
	Facts map[string]float64 `json:"facts,omitempty"`
	// Outliers are the largest samples with their cause, largest first.
	Outliers []Outlier `json:"outliers,omitempty"`
	// Unavailable, when not empty, says why this machine could not measure the
	// benchmark; Samples is then empty.
	Unavailable string `json:"unavailable,omitempty"`
	// Samples are in Unit, in measuring order. Negative values are legal in a
	// file (clock defects are evidence) and refused by the latency commands.
	Samples []int64 `json:"-"`
}

// Outlier is one of the largest samples of a [Series].
type Outlier struct {
	// Index counts samples from 0 in recorded order. It lies past the end of
	// Samples when the Recorder's Capacity was exceeded.
	Index int64 `json:"index"`
	Value int64 `json:"value"`
	Cause Cause `json:"cause"`
}
