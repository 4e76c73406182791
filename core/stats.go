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
		Drawn:    int(a.drawn.Load()),
		Locked:   a.arena.Locked(),
		Lanes:    make([]LaneStats, len(a.lanes)),
	}
	for i := range a.lanes {
		l := &a.lanes[i]
		l.seen.Lane = i
		if !a.closed.Load() {
			l.reader.HandOver() // to whoever has the lock
			if v, fresh := l.reader.Load(); fresh {
				l.seen = v
			}
		}
		s.Lanes[i] = l.withShared(l.seen)
	}
	return s
}
