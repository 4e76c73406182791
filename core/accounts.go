package core

import "github.com/memkit-go/memkit/internal/seqlock"

// accounts are a lane's books: the bytes in its frame, the bytes that outlive
// frames (boxes, groups, scratches) by tag and in all, and what the budgets of the
// tag, the lane and the allocator leave of each.
//
// The fast paths consult no budget. A frame allocates up to Frame.limit, and boxes
// use up the rooms of tags and held; rebalance sets these so that all of them
// together reach no limit. Whoever would go further takes a slow path, where
// admit decides and rebalance divides anew.
type accounts struct {
	held     allowance // in all
	heldPeak int
	drawn    int         // bytes of the shared budget
	tags     []allowance // by tag
	// book is complete while held.room stays at or above low, and unbook while it
	// stays at or below high.
	low, high int

	budgeted bool // some budget applies to the lane
	guarded  bool // that, or a hook wants to see each allocation or free

	frame      *Frame // whose bytes count towards the same budgets
	tagBudgets []Budget
	laneBudget *Budget
	shared     *sharedBudget // the allocator's
	hooks      *Hooks
	stats      *seqlock.Value[LaneCounters]

	refusal BudgetError // the latest
	warning BudgetError // the latest
}

// book adds n bytes that outlive frames, and reports whether that is all there is
// to do. Otherwise bookSlow must follow.
func (a *accounts) book(t Tag, n int) bool {
	tag := &a.tags[t]
	room, rest := tag.room-n, a.held.room-n
	tag.room, a.held.room = room, rest
	return room >= 0 && rest >= a.low
}

// bookSlow completes a book that crossed a limit or the highest sum so far. When
// it returns false a budget refuses, and the booking is undone.
func (a *accounts) bookSlow(t Tag, n int) bool {
	if a.tags[t].room < 0 || a.held.room < 0 {
		a.unbook(t, n)
		if a.admit(t, n) != Allow {
			return false
		}
		a.book(t, n)
		a.allot(t)
		a.rebalance()
	}
	a.heldPeak = max(a.heldPeak, a.held.used())
	a.setLow()
	return true
}

// unbook removes n bytes, and reports whether that is all there is to do.
// Otherwise unbookSlow must follow.
func (a *accounts) unbook(t Tag, n int) bool {
	a.tags[t].room += n
	room := a.held.room + n
	a.held.room = room
	return room <= a.high
}

// unbookSlow completes an unbook when much of what the lane has drawn is unused.
func (a *accounts) unbookSlow() {
	if a.drawn > 0 {
		a.returnSurplus()
		a.rebalance()
	}
}

// used is the sum of the frame and of what outlives frames.
func (a *accounts) used() int {
	if !a.frame.active {
		return a.held.used()
	}
	return a.held.used() + a.frame.bytes()
}

// tagUsed is the share of one tag in used.
func (a *accounts) tagUsed(t Tag) int {
	n := a.tags[t].used()
	if a.frame.active {
		n += a.frame.tags.bytes(uint16(t), a.frame)
	}
	return n
}

// open prepares the accounts of a lane that is taken: budgets may have been added
// since the last time.
func (a *accounts) open() {
	a.budgeted = a.shared.bounds() || a.laneBudget.bounds() || anyBounds(a.tagBudgets)
	a.guarded = a.budgeted || a.hooks.perBlock()
	room := unlimited
	if a.budgeted {
		room = 0
	}
	for t := range a.tags {
		a.tags[t].setRoom(room)
	}
	a.held.setRoom(room)
	a.rebalance()
}

// rebalance divides what the budgets leave between the fast paths of the frame
// and of boxes, half and half. Whichever uses up its part divides anew, so that
// near a limit some more requests take the slow path, and none passes the limit.
func (a *accounts) rebalance() {
	if a.budgeted {
		a.divide()
	}
	if a.hooks.OnAlloc != nil && a.frame.active {
		a.frame.limit = closed
	}
	a.setLow()
	switch a.high = 2 * unlimited; {
	case a.hooks.OnFree != nil:
		a.high = -1
	case a.shared.bounds():
		a.high = a.held.room + max(0, a.shared.step-(a.drawn-a.used()))
	}
}

func (a *accounts) divide() {
	f, t := a.frame, a.frame.Tag()
	left := a.laneBudget.line(f.warned) - a.used()
	if a.shared.bounds() {
		left = min(left, a.drawn-a.used())
	}
	a.held.setRoom(max(0, left/2))
	a.allot(t)
	if f.active {
		tag := a.tagBudgets[t].line(f.warned) - a.tagUsed(t) - a.tags[t].room
		f.limit = min(f.end, f.next+max(0, min(left-a.held.room, tag)))
	}
}

// allot gives the boxes of a tag half of what the tag's budget leaves, and nothing
// beyond a soft limit even when the frame has warned. The next frame has to warn
// again, and its Begin divides only what the tag in force has.
func (a *accounts) allot(t Tag) {
	a.tags[t].setRoom(max(0, (a.tagBudgets[t].line(false)-a.tagUsed(t))/2))
}

// setLow lets bookSlow follow at the next peak, or always for a hook.
func (a *accounts) setLow() {
	a.low = max(0, a.held.granted-a.heldPeak)
	if a.hooks.OnAlloc != nil {
		a.low = 2 * unlimited
	}
}
