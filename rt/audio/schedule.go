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
	last := scheduled{e, s.next}
	s.next++
	i := len(s.heap)
	s.heap = s.heap[:i+1]
	heap := s.heap
	for i > 0 && last.before(&heap[(i-1)/2]) {
		heap[i] = heap[(i-1)/2]
		i = (i - 1) / 2
	}
	heap[i] = last
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
	heap, n := s.heap, len(s.heap)-1
	e = heap[0].event
	last, i := &heap[n], 0
	for child := 1; child < n; child = 2*i + 1 {
		if child+1 < n && heap[child+1].before(&heap[child]) {
			child++
		}
		if !heap[child].before(last) {
			break
		}
		heap[i] = heap[child]
		i = child
	}
	heap[i] = *last
	s.heap = s.heap[:n]
	return e, true
}
