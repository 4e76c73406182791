package lens

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Timings is what a check takes, phase by phase. [Check] fills the one of its
// configuration. The phases follow each other.
type Timings struct {
	// Lines of source that are loaded, those of all dependencies included.
	Lines  int
	Phases []Phase

	current   int // place in Phases of the one that runs, from 1; 0 for none
	began     time.Time
	processor time.Duration // when it began
}

// begin ends the phase that runs, and begins another one or goes on with it.
func (t *Timings) begin(name string) {
	if t == nil {
		return
	}
	t.end()
	at := slices.IndexFunc(t.Phases, func(p Phase) bool { return p.Name == name })
	if at < 0 {
		at = len(t.Phases)
		t.Phases = append(t.Phases, Phase{Name: name})
	}
	t.current, t.began, t.processor = at+1, time.Now(), processorTime()
}

// end ends the phase that runs.
func (t *Timings) end() {
	if t == nil || t.current == 0 {
		return
	}
	p := &t.Phases[t.current-1]
	p.Wall += time.Since(t.began)
	p.Processor += processorTime() - t.processor
	t.current = 0
}

// String is a table: a line for each phase, and one for all with the time for 100,000
// lines.
func (t *Timings) String() string {
	var b strings.Builder
	total := Phase{Name: "all"}
	fmt.Fprintf(&b, "%d lines of source\n%-14s %10s %10s\n", t.Lines, "phase", "wall", "processor")
	for _, p := range t.Phases {
		fmt.Fprintln(&b, p)
		total.Wall += p.Wall
		total.Processor += p.Processor
	}
	fmt.Fprintln(&b, total)
	if t.Lines > 0 {
		each := Phase{Name: "100,000 lines"}
		each.Wall = total.Wall * 100_000 / time.Duration(t.Lines)
		each.Processor = total.Processor * 100_000 / time.Duration(t.Lines)
		fmt.Fprintln(&b, each)
	}
	return b.String()
}
