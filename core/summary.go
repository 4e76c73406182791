package core

import (
	"fmt"
	"strings"
)

// FrameSummary reports on one frame. [Frame.Tags], [Frame.Phases] and
// [Frame.Intents] give the shares by tag, phase and intent, until the next Begin.
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

// String lists the frame's bytes, and the other figures that are not zero.
func (s FrameSummary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "frame %d: %d bytes in %d allocations, at most %d bytes", s.Frame, s.Bytes, s.Allocs, s.Peak)
	for _, x := range []struct {
		n    int
		what string
	}{
		{s.Overflow, "bytes promoted to the heap"},
		{s.RolledBack, "bytes rolled back"},
		{int(s.Over), "requests granted beyond a budget"},
		{int(s.Refused.Exhausted), "requests refused for lack of memory"},
		{int(s.Refused.Budget), "requests refused by a budget"},
		{int(s.Refused.Invalid), "requests of invalid size"},
		{int(s.Promoted.ToPool + s.Promoted.ToHeap + s.Promoted.ToScratch), "values promoted"},
		{int(s.Promoted.Failed.Exhausted + s.Promoted.Failed.Budget), "promotions failed"},
		{int(s.Deferred), "deferred frees"},
	} {
		if x.n > 0 {
			fmt.Fprintf(&b, "; %d %s", x.n, x.what)
		}
	}
	if s.Warned {
		b.WriteString("; a budget warned")
	}
	return b.String()
}
