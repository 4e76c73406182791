package core

import (
	"fmt"
	"strings"
)

// Stats are an allocator's statistics.
type Stats struct {
	Name     string      `json:"name"`
	Capacity int         `json:"capacity"` // bytes of the arena
	Drawn    int         `json:"drawn"`    // bytes of Config.Budget drawn by lanes
	Locked   bool        `json:"locked"`   // the arena stays in RAM
	Lanes    []LaneStats `json:"lanes"`
}

// Stats returns the statistics that each lane published last, without disturbing
// the lanes.
func (a *Allocator) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Stats{
		Name:     a.config.Name,
		Capacity: len(a.arena.Bytes()),
		Drawn:    int(a.budget.drawn.Load()),
		Locked:   a.arena.Locked(),
		Lanes:    make([]LaneStats, len(a.lanes)),
	}
	for i := range a.lanes {
		s.Lanes[i] = a.lanes[i].published()
	}
	return s
}

// String is a line for the allocator and one for each lane.
func (s Stats) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "allocator %q: %d bytes", s.Name, s.Capacity)
	if s.Locked {
		b.WriteString(" locked in RAM")
	}
	for _, l := range s.Lanes {
		b.WriteString("\n")
		b.WriteString(l.String())
	}
	return b.String()
}
