package gpubench

import (
	"slices"

	"github.com/memkit-go/memkit/gpu"
)

// Result has all rows. Times are in microseconds.
type Result struct {
	Backend string   `json:"backend"`
	Device  string   `json:"device"`
	Caps    gpu.Caps `json:"caps"`
	// CPU and Priority that the rows were measured with.
	CPU      int    `json:"cpu"`
	Priority string `json:"priority"`

	Resident           Mode      `json:"resident"`
	Submitted          Mode      `json:"submitted"`
	AllocsPerSubmit    float64   `json:"allocs_per_submit"`
	ValidationMessages int       `json:"validation_messages"`
	Messages           []string  `json:"messages,omitempty"`
	FIRError           float64   `json:"fir_error"`
	Rows               []Row     `json:"rows"`
	Starts             []Start   `json:"starts,omitempty"`
	Interference       []Contest `json:"interference,omitempty"`
	Transfers          []Rate    `json:"transfers,omitempty"`
	LongRun            *LongRun  `json:"long_run,omitempty"`
	Memory             *Growth   `json:"memory,omitempty"`
	// Failed are parts that could not be measured, and why.
	Failed []string `json:"failed,omitempty"`
}

// Mode sums up an empty round trip.
type Mode struct {
	Supported bool    `json:"supported"`
	Reason    string  `json:"reason"`
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
}

// Row is a distribution of round trips.
type Row struct {
	Name string  `json:"name"`
	N    int     `json:"n"`
	Min  float64 `json:"min"`
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`
}

// Start is how round trips get faster after a launch: the median of each slice.
type Start struct {
	Name  string    `json:"name"`
	Slice float64   `json:"slice_ms"`
	P50   []float64 `json:"p50"`
}

// Contest is a set of rows under one load, and what the load achieved.
type Contest struct {
	Load string `json:"load"`
	Rows []Row  `json:"rows"`
	// Alone and Contended are units of the load per second: without the resident
	// kernel, and next to it.
	Alone     float64 `json:"load_alone_per_s"`
	Contended float64 `json:"load_next_to_resident_per_s"`
}

// Rate is a bandwidth in GB/s by size.
type Rate struct {
	Name  string    `json:"name"`
	Bytes []uint64  `json:"bytes"`
	GBs   []float64 `json:"gb_per_s"`
}

// LongRun is many rings over many launches.
type LongRun struct {
	Rings    int     `json:"rings"`
	Missed   int     `json:"missed"`
	Launches uint64  `json:"launches"`
	Row      Row     `json:"row"`
	Seconds  float64 `json:"seconds"`
}

// Growth is how the resident memory of the process grew, in bytes a submission.
type Growth struct {
	Submissions int     `json:"submissions"`
	Go          float64 `json:"go_bytes_per_submit"`
	C           float64 `json:"c_bytes_per_submit"`
}

// newRow sorts ns.
func newRow(name string, ns []int64) Row {
	slices.Sort(ns)
	at := func(p float64) float64 { return float64(ns[min(len(ns)-1, int(p*float64(len(ns))))]) / 1e3 }
	return Row{Name: name, N: len(ns), Min: at(0), P50: at(.5), P99: at(.99), P999: at(.999), Max: float64(ns[len(ns)-1]) / 1e3}
}
