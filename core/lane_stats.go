package core

// LaneStats is a lane's account as of its last End.
type LaneStats struct {
	Lane       int    `json:"lane"`
	Frames     uint64 `json:"frames"`
	Allocs     uint64 `json:"allocs"`      // in frames
	FrameBytes int    `json:"frame_bytes"` // of the last frame
	FramePeak  int    `json:"frame_peak"`  // of all frames
	Held       int    `json:"held"`        // bytes that outlive frames
	HeldPeak   int    `json:"held_peak"`

	Exhausted  uint64 `json:"exhausted"`   // requests refused for lack of memory
	OverBudget uint64 `json:"over_budget"` // and by a budget
	Warnings   uint64 `json:"warnings"`

	Deferred       uint64 `json:"deferred"`        // frees carried out
	DeferredErrors uint64 `json:"deferred_errors"` // boxes that were gone by then
	DeferredFull   uint64 `json:"deferred_full"`   // refused: the queue was full
	Dropped        uint64 `json:"dropped"`         // given up: the queue was full

	Sent     uint64 `json:"sent"`
	Accepted uint64 `json:"accepted"`
}

// counters are what a lane counts for its LaneStats.
type counters struct {
	frames, allocs        uint64
	frameBytes, framePeak int

	exhausted, overBudget, warnings uint64
	deferred, deferredErrors        uint64
	sent, accepted                  uint64
}

// Stats reports on the lane as it is now, and publishes that.
func (l *Lane) Stats() LaneStats {
	l.publish()
	return l.published()
}

// published is the account of the last End with what other threads count. Any
// goroutine may call it.
func (l *Lane) published() LaneStats {
	s := l.board.read()
	s.Lane = l.index
	s.DeferredFull, s.Dropped = l.turnedAway.Load(), l.dropped.Load()
	return s
}
