package core

import "fmt"

// Deferred configures a lane's queue of deferred frees: those of [Box.Defer],
// which any thread may call. The owner of the lane carries them out.
type Deferred struct {
	Mode DeferMode
	// Step is how many frees the mode Incremental carries out at each Begin; 0
	// means 16.
	Step int
	// Capacity is how many frees wait at once, rounded up to a power of two; 0
	// means 1024.
	Capacity int
	// Full says what Defer does when there is no room.
	Full FullPolicy
}

// DeferMode says when deferred frees are carried out.
type DeferMode uint8

const (
	// AtBegin: all that wait, when a frame begins.
	AtBegin DeferMode = iota
	// AtEnd: all that wait, when a frame ends.
	AtEnd
	// Incremental: Step of them at each Begin, so that a burst of frees does
	// not cost one frame its deadline.
	Incremental
	// Explicit: only in [Lane.Drain].
	Explicit
	// Disabled: Defer answers [ErrDisabled].
	Disabled
)

// FullPolicy says what Defer does when the queue is full.
type FullPolicy uint8

const (
	// Refuse answers [ErrFull]; the box stays with the caller.
	Refuse FullPolicy = iota
	// Wait yields until there is room. It is not for real-time threads, nor for
	// the lane's owner, who is the one to make room.
	Wait
	// Drop gives the memory up: it stays in use, LaneStats counts it, and
	// Allocator.Close reports it.
	Drop
)

func (m DeferMode) String() string {
	return nameOf(m, "AtBegin", "AtEnd", "Incremental", "Explicit", "Disabled")
}

func (p FullPolicy) String() string { return nameOf(p, "Refuse", "Wait", "Drop") }

func (d *Deferred) validate() error {
	if d.Mode > Disabled {
		return fmt.Errorf("core: Config.Deferred.Mode %d: unknown; use AtBegin, AtEnd, Incremental, Explicit or Disabled", d.Mode)
	}
	if d.Full > Drop {
		return fmt.Errorf("core: Config.Deferred.Full %d: unknown; use Refuse, Wait or Drop", d.Full)
	}
	return nil
}
