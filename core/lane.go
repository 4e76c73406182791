package core

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/internal/seqlock"
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/ring"
)

// Lane is one thread's part of an [Allocator]. It and everything made from it
// belong to one goroutine at a time, except where a method says otherwise.
type Lane struct {
	frame Frame

	// The fields that Begin and End use in each frame follow.
	drainAtBegin, drainAtEnd int // deferred frees, as configured
	onBegin                  func(lane int, frame uint64)
	onEnd                    func(lane int, s *FrameSummary)
	promising                int // of pending, the claims of this frame
	books                    accounts

	// Other lanes read these when they accept a box of this one. They are in a cache
	// line that is not written to meanwhile.
	_     [64]byte
	a     *Allocator
	index int
	cells []transferCell
	_     [64]byte

	owner debug.Owner
	taken bool // under the allocator's lock

	regions [frameCopies][]byte
	heap    Heap
	origins []releaser // by index
	queue   *ring.MPMC[release]
	epoch   uint64 // last one given to a segment, group or scratch

	err Error // the latest refusal for lack of memory

	promises *pool.Handles[promise]
	pending  []pool.Handle[promise]

	nextCell int // of cells

	stats               seqlock.Value[LaneCounters]
	dropped, turnedAway atomic.Uint64 // counted by other threads
}

// Index is the lane's number, from 0.
func (l *Lane) Index() int { return l.index }

// Allocator returns the allocator that the lane belongs to.
func (l *Lane) Allocator() *Allocator { return l.a }

// Heap returns the lane's heap.
func (l *Lane) Heap() *Heap { return &l.heap }

// Adopt makes the calling goroutine the lane's owner. Handing a lane from one
// goroutine to another needs synchronisation by the caller; debug builds need this
// call as well.
func (l *Lane) Adopt() {
	if debug.Enabled {
		l.owner.Adopt()
	}
	l.promises.HandOver()
	for _, h := range l.origins {
		h.handOver()
	}
}

// owned reports whether the caller owns the lane; other than debug builds assume
// it.
func (l *Lane) owned() bool { return !debug.Enabled || l.owner.Mine() }

// Begin opens the lane's frame. It fails with [ErrInFrame] while the last one
// has not ended.
//
// Cost: O(1) and what deferred frees and hooks take. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each deferred free
func (l *Lane) Begin() (*Frame, error) {
	f := &l.frame
	switch {
	case !l.owned():
		return nil, ErrWrongThread
	case f.active:
		return nil, ErrInFrame
	case !l.taken:
		return nil, ErrClosed
	}
	f.unseal()
	f.begin()
	if l.drainAtBegin > 0 {
		l.drainIn(f, l.drainAtBegin)
	}
	if l.onBegin != nil {
		//rt:allow ML610 reason="the hook is the user's"
		l.onBegin(l.index, f.number)
	}
	return f, nil
}

// Do runs fn in a frame, which ends when fn returns or panics. It returns fn's
// error.
func (l *Lane) Do(fn func(*Frame) error) error {
	f, err := l.Begin()
	if err != nil {
		return err
	}
	defer f.End()
	return fn(f)
}

// storeHeld is part of a change of the statistics.
func (l *Lane) storeHeld(c *LaneCounters) {
	seqlock.Store(&c.Held, uint64(l.books.held.used()))
	seqlock.Store(&c.HeldPeak, uint64(l.books.heldPeak))
}

// publishHeld brings what outlives frames up to date between two frames.
func (l *Lane) publishHeld() {
	l.storeHeld(l.stats.Begin())
	l.stats.End()
}

// tag is the tag in force, the zero Tag outside of frames: End sees to that.
func (l *Lane) tag() Tag { return Tag(l.frame.tags.current) }

// Held returns the bytes under a tag that outlive frames, of this lane.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Lane) Held(t Tag) int {
	if int(t) >= len(l.books.tags) {
		return 0
	}
	return l.books.tags[t].used()
}

// Close gives the lane back. Its boxes stay, and another thread can take it. It fails with [ErrInFrame], or [ErrClosed] the second time.
func (l *Lane) Close() error {
	if !l.owned() {
		return ErrWrongThread
	}
	l.a.mu.Lock()
	defer l.a.mu.Unlock()
	switch {
	case l.frame.active:
		return ErrInFrame
	case !l.taken:
		return ErrClosed
	}
	l.publishHeld()
	l.taken = false
	return nil
}

// Frame returns the lane's frame: the open one, or the last to read its shares
// from.
func (l *Lane) Frame() *Frame { return &l.frame }
