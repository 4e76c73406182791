package playback

import (
	"math"
	"slices"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
)

// window is a stretch of time on the clock of rt.Now.
type window struct{ from, to int64 }

func (w window) holds(begin int64) bool { return w.from <= begin && begin < w.to }

// Figures are what one mode did in one window. Durations are in ns.
type Figures struct {
	// Gaps heard by the capture, and CGaps those of C in the same run.
	Gaps
	CGaps int `json:"c_gaps"`
	// Callbacks is how many cycles there were.
	Callbacks int `json:"callbacks"`
	// Late cycles ended after their period; Misses got a substitute instead, and
	// count as nothing else.
	Late   int `json:"late"`
	Misses int `json:"misses"`
	// Xruns that the device reported to the stream, and whose they were, as far as the
	// server says so.
	Xruns int `json:"xruns"`
	XrunsOf
	// Quantiles of the callback's duration, from its entry to its end: what Go
	// adds to what C would do there.
	P50 int64 `json:"p50"`
	P99 int64 `json:"p99"`
	Max int64 `json:"max"`
	// Quantiles from the beginning of the cycle, the wait for the callback
	// included.
	ResponseP99 int64 `json:"response_p99"`
	ResponseMax int64 `json:"response_max"`
	// ControlLate is in how many of the cycles C was late; LateOutside and
	// MissesOutside are the late cycles and the misses in all others.
	ControlLate   int `json:"control_late"`
	LateOutside   int `json:"late_outside"`
	MissesOutside int `json:"misses_outside"`
	// CodeInC is how many cycles of those two were spoilt outside Go: the callback
	// was called in the last tenth of the period, or its part in C, which waits for
	// Go until the deadline, woke up a tenth of a period after that.
	CodeInC int `json:"code_in_c_late"`
}

// muchLate is the share of a period by which code in C must be late for it to be why
// the cycle was: several times what a hand-over needs when all is well.
const muchLate = 0.1

// lateInC reports whether code in C, the server's or the stream's, was late by much.
func (c Cycle) lateInC(period int64) bool {
	much := int64(muchLate * float64(period))
	return c.Entry > c.Begin+period-much || c.Deadline > 0 && c.End > c.Deadline+much
}

// figuresOf counts the cycles of a window. k is nil where there is no control.
func figuresOf(cycles []Cycle, w window, period int64, k *control) Figures {
	var (
		f                   Figures
		durations, response []int64
	)
	for _, c := range cycles {
		if !w.holds(c.Begin) {
			continue
		}
		f.Callbacks++
		late := !c.Missed && c.End-c.Begin > period
		excused := k != nil && k.late(c.Number)
		if excused {
			f.ControlLate++
		}
		add(&f.Late, late)
		add(&f.Misses, c.Missed)
		add(&f.LateOutside, late && !excused)
		add(&f.MissesOutside, c.Missed && !excused)
		add(&f.CodeInC, (late || c.Missed) && !excused && c.lateInC(period))
		add(&f.Xruns, c.Xrun)
		durations = append(durations, c.End-c.Entry)
		response = append(response, c.End-c.Begin)
	}
	f.P50, f.P99, f.Max = summary(durations)
	_, f.ResponseP99, f.ResponseMax = summary(response)
	return f
}

func add(n *int, yes bool) {
	if yes {
		*n++
	}
}

// summary sorts ns.
func summary(ns []int64) (p50, p99, highest int64) {
	if len(ns) == 0 {
		return 0, 0, 0
	}
	slices.Sort(ns)
	return at(ns, .5), at(ns, .99), ns[len(ns)-1]
}

// FiguresOfAll counts cycles whenever they were.
func FiguresOfAll(cycles []Cycle, period int64) Figures {
	return figuresOf(cycles, window{math.MinInt64, math.MaxInt64}, period, nil)
}

// asCycles are C's own.
func asCycles(all []jackprobe.Cycle) []Cycle {
	cycles := make([]Cycle, len(all))
	for i, c := range all {
		cycles[i] = Cycle{N: int(c.N), Begin: c.Begin, Entry: c.Entry, End: c.End}
	}
	return cycles
}
