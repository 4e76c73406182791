package core

// Stats is an allocator's account.
type Stats struct {
	Name     string      `json:"name"`
	Capacity int         `json:"capacity"` // bytes of the arena
	Drawn    int         `json:"drawn"`    // bytes of Config.Budget drawn by lanes
	Locked   bool        `json:"locked"`   // the arena stays in RAM
	Lanes    []LaneStats `json:"lanes"`
}

// Stats reports each lane as of its last End, without disturbing it.
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
