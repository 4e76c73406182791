package core

import "fmt"

// Error is a refused allocation. Each lane has one, so that a failure costs no
// memory; the lane's next failure overwrites it. Copy it to keep it.
type Error struct {
	Op   string // the kind of request: "frame", "heap", "pool", …
	Kind error  // the sentinel, for errors.Is
	Size int    // bytes
	Tag  Tag

	cause string // what ran out, and the remedy
	names *names // of tags
}

func (e *Error) Error() string {
	if e.cause == "" {
		return fmt.Sprintf("core: allocation of %d bytes (%s): %v", e.Size, e.Op, e.Kind)
	}
	return fmt.Sprintf("core: allocation of %d bytes (%s, %s): %s", e.Size, e.Op, e.names.quoted(e.Tag), e.cause)
}

func (e *Error) Unwrap() error { return e.Kind }

// shortage is something of a fixed size that can be used up.
type shortage struct{ op, cause string }

var (
	frameFull      = shortage{"frame", "the frame has no room left; raise Config.FrameSize, or end frames more often"}
	heapFull       = shortage{"heap", "no free block of the lane's heap is large enough; raise Config.HeapSize"}
	boxesFull      = shortage{"heap", "all of Config.Boxes are in use; close some, or raise it"}
	overflowFull   = shortage{"frame", "the budget promotes the request to the heap, where no free block is large enough; raise Config.HeapSize"}
	poolFull       = shortage{"pool", "all slots are in use; close boxes, or make the pool larger"}
	scratchFull    = shortage{"scratch", "the scratch has no room left; reset it, or make it larger"}
	promotionsFull = shortage{"promotion", "all of Config.Promotions are in use; take claims, or raise it"}
	transfersFull  = shortage{"transfer", "all of Config.Transfers boxes are with other lanes; accept and close some, or raise it"}
	generations    = shortage{"transfer", "the box has used up its generations; copy the value to a new box"}
)
