package core

// FrameSummary is what one frame did. By tag, phase and intent it can be had
// from [Frame.Tags], [Frame.Phases] and [Frame.Intents] until the next Begin.
type FrameSummary struct {
	Frame  uint64 // number, from 1
	Bytes  int    // at End, padding included
	Peak   int    // the most at any time
	Allocs int    // behind Bytes
	// Overflow is the bytes that came from the heap because a budget promoted
	// them; RolledBack those that a rewind took back.
	Overflow, RolledBack int
	// Warned: a budget line was crossed; see Hooks.OnWarn. Over counts the
	// requests granted beyond a hard limit.
	Warned   bool
	Over     uint32
	Refused  Refusals
	Promoted Promotions
	Deferred uint32 // deferred frees carried out at Begin and End
}

// Refusals counts refused requests by reason.
type Refusals struct{ Exhausted, Budget, Invalid uint32 }

// Promotions counts the promotions at a frame's end, and those that failed by
// reason.
type Promotions struct {
	ToPool, ToHeap, ToScratch, Discarded uint32

	Failed Refusals
	Stale  uint32 // the value was rolled back before the end
}
