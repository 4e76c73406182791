package core

import "sync/atomic"

// sharedBudget is the allocator's budget. Lanes draw bytes from it before they
// allocate, so that their fast paths touch no shared word.
type sharedBudget struct {
	Budget
	// step is how many bytes a lane draws at once, and the most that it keeps
	// unused: a 32nd of the budget divided by the number of lanes, so that what
	// all lanes have drawn ahead of need stays below 4% of the budget. Larger steps
	// would touch drawn less often and strand more.
	step  int
	drawn atomic.Int64 // by all lanes
}

func newSharedBudget(b Budget, lanes int) *sharedBudget {
	return &sharedBudget{Budget: b, step: max(b.Soft, b.Hard) / (32 * lanes)}
}

// tryDraw draws need bytes or somewhat more, when total is still what all lanes
// have drawn. It returns how many, 0 when total has changed.
func (s *sharedBudget) tryDraw(total, need int) int {
	n := need
	if line := s.line(total+need > s.Soft); total+need < line {
		n = max(need, min(s.step, line-total))
	}
	if !s.drawn.CompareAndSwap(int64(total), int64(total+n)) {
		return 0
	}
	return n
}
