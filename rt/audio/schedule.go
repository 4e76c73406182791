package audio

// schedule is a binary heap of events by frame, and by their order of arrival for one
// frame. (Williams 1964, Algorithm 232.)
type schedule struct {
	heap []scheduled // its capacity is fixed
	next uint64      // number of the next arrival
}

type scheduled struct {
	event   Event
	arrival uint64
}

func newSchedule(capacity int) schedule { return schedule{heap: make([]scheduled, 0, capacity)} }

// before orders two events.
func (a *scheduled) before(b *scheduled) bool {
	return a.event.Frame < b.event.Frame || a.event.Frame == b.event.Frame && a.arrival < b.arrival
}

func (s *schedule) full() bool { return len(s.heap) == cap(s.heap) }

// push adds an event; the schedule must not be full.
//
// Cost: O(log n). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound log₂ of the capacity
func (s *schedule) push(e Event) {
	i := len(s.heap)
	s.heap = s.heap[:i+1]
	s.heap[i] = scheduled{e, s.next}
	s.next++
	for up := (i - 1) / 2; i > 0 && s.heap[i].before(&s.heap[up]); up = (i - 1) / 2 {
		s.heap[i], s.heap[up] = s.heap[up], s.heap[i]
		i = up
	}
}

// dueBefore reports whether there is an event before end.
func (s *schedule) dueBefore(end int64) bool {
	return len(s.heap) > 0 && s.heap[0].event.Frame < end
}

// popBefore removes the first event where it is before end.
//
// Cost: O(log n). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound log₂ of the capacity
func (s *schedule) popBefore(end int64) (e Event, ok bool) {
	if !s.dueBefore(end) {
		return Event{}, false
	}
	e = s.heap[0].event
	last := len(s.heap) - 1
	s.heap[0] = s.heap[last]
	s.heap = s.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return e, true
		}
		if child+1 < last && s.heap[child+1].before(&s.heap[child]) {
			child++
		}
		if !s.heap[child].before(&s.heap[i]) {
			return e, true
		}
		s.heap[i], s.heap[child] = s.heap[child], s.heap[i]
		i = child
	}
}
