package core

import "fmt"

// LaneStats are a lane's statistics.
type LaneStats struct {
	Lane int `json:"lane"` // its number
	LaneCounters
}

// LaneCounters are a lane's counters. Frames to HeldPeak are as of the lane's last
// End; the others change at once.
type LaneCounters struct {
	Frames     uint64 `json:"frames"`
	Allocs     uint64 `json:"allocs"`      // in frames
	FrameBytes uint64 `json:"frame_bytes"` // of the last frame
	FramePeak  uint64 `json:"frame_peak"`  // bytes, the most of all frames
	Held       uint64 `json:"held"`        // bytes that outlive frames
	HeldPeak   uint64 `json:"held_peak"`   // the most of that

	Exhausted  uint64 `json:"exhausted"`   // requests refused for lack of memory
	OverBudget uint64 `json:"over_budget"` // requests refused by a budget
	Warnings   uint64 `json:"warnings"`    // frames that crossed a limit

	Deferred       uint64 `json:"deferred"`        // deferred frees carried out
	DeferredErrors uint64 `json:"deferred_errors"` // of those, boxes that were freed already
	DeferredFull   uint64 `json:"deferred_full"`   // refused because the queue was full
	Dropped        uint64 `json:"dropped"`         // given up because the queue was full

	Sent     uint64 `json:"sent"`     // boxes sent to other lanes
	Accepted uint64 `json:"accepted"` // boxes accepted from other lanes
}

// Stats returns the lane's statistics as they are now, and publishes them.
func (l *Lane) Stats() LaneStats {
	l.publishHeld()
	return l.published()
}

// published are the statistics that the lane published last, with what other
// threads count. Any goroutine may call it.
func (l *Lane) published() LaneStats {
	s := LaneStats{l.index, l.stats.Load()}
	s.DeferredFull, s.Dropped = l.turnedAway.Load(), l.dropped.Load()
	return s
}

func (s LaneStats) String() string {
	return fmt.Sprintf("lane %d: %d frames, the last of %d bytes, the largest of %d; %d bytes held, at most %d; %d requests refused",
		s.Lane, s.Frames, s.FrameBytes, s.FramePeak, s.Held, s.HeldPeak, s.Exhausted+s.OverBudget)
}
