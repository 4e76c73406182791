package core

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/ring"
)

// Lane is one thread's part of an [Allocator]. It and all that is made from it
// belong to one goroutine at a time, but for what says otherwise.
type Lane struct {
	a     *Allocator
	index int
	owner int64 // goroutine, in debug builds
	taken bool  // under the allocator's lock

	frame   Frame
	regions [frameCopies][]byte
	heap    Heap
	homes   []releaser // by index
	queue   *ring.MPMC[release]
	epoch   uint64 // last one given to a segment, group or scratch

	// What Begin and End do beside their own, as configured.
	drainAtBegin, drainAtEnd int // deferred frees
	onBegin                  func(lane int, frame uint64)
	onEnd                    func(lane int, s *FrameSummary)

	budgeted bool // some budget bounds this lane
	watched  bool // there is a hook for allocations or frees
	guarded  bool // either
	drawn    int  // of the allocator's budget

	// Bytes that outlive frames, by tag and in all. Below the room low a take,
	// and above high a free, is not done with the books.
	tags      []allowance
	held      allowance
	heldPeak  int
	low, high int
	err       Error
	over      BudgetError
	warning   BudgetError

	promises  *pool.Handles[promise]
	pending   []pool.Handle[promise]
	promising int

	cells    []transferCell
	nextCell int

	counters
	board               board
	dropped, turnedAway atomic.Uint64
}

// Index is the lane's number, from 0.
func (l *Lane) Index() int { return l.index }

// Allocator returns the allocator that the lane belongs to.
func (l *Lane) Allocator() *Allocator { return l.a }

// Heap returns the lane's heap.
func (l *Lane) Heap() *Heap { return &l.heap }

// Adopt makes the calling goroutine the lane's owner. Handing a lane from one
// goroutine to another takes synchronisation of the caller's own; debug builds
// need this call beside it.
func (l *Lane) Adopt() {
	l.owner = goroutine()
	l.promises.HandOver()
	for _, h := range l.homes {
		h.handOver()
	}
}

// owned is what debug builds check and others assume.
func (l *Lane) owned() bool { return !debugBuild || l.owner == goroutine() }

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

// ended finishes a frame's account.
func (l *Lane) ended(bytes, peak, allocs int) {
	l.frames++
	l.allocs += uint64(allocs)
	l.frameBytes = bytes
	l.framePeak = max(l.framePeak, peak)
	l.publish()
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
	if int(t) >= len(l.tags) {
		return 0
	}
	return l.tags[t].used()
}

// Close gives the lane back, for another thread to take with its boxes still in
// place. It fails with [ErrInFrame], or [ErrClosed] the second time.
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
	l.publish()
	l.taken = false
	return nil
}

// Frame returns the lane's frame: the open one, or the last to read its shares
// from.
func (l *Lane) Frame() *Frame { return &l.frame }
