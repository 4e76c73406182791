package core

// allowance is an account of bytes in boxes, groups and scratches, kept as what
// may be taken before somebody has to look. So one subtraction both books a
// request and finds out whether a budget has something to say.
type allowance struct{ granted, room int }

// unlimited is the room where no budget bounds.
const unlimited = 1 << 60

func (a *allowance) used() int { return a.granted - a.room }

// set changes the room and not what is used.
func (a *allowance) set(room int) {
	a.granted += room - a.room
	a.room = room
}

// take books n bytes that outlive frames, and answers whether that is all there
// is to do. Otherwise settle is to be called.
func (l *Lane) take(t Tag, n int) bool {
	tag := &l.tags[t]
	room, rest := tag.room-n, l.held.room-n
	tag.room, l.held.room = room, rest
	return room >= 0 && rest >= l.low
}

// settle finishes a take that went beyond a line: a budget's, or the most that was
// ever held. When it fails the take is undone.
//
//go:noinline
func (l *Lane) settle(tier Tier, t Tag, n int) error {
	if l.tags[t].room < 0 || l.held.room < 0 {
		l.give(t, n)
		if l.admit(t, n) != Allow {
			return l.refuseOver(n, t)
		}
		l.take(t, n)
		l.allot(t)
		l.divide()
	}
	l.heldPeak = max(l.heldPeak, l.held.used())
	l.watchPeak()
	l.allocated(tier, n, t)
	return nil
}

// give takes n bytes off the account, and answers whether that is all there is to
// do. Otherwise given is to be called.
func (l *Lane) give(t Tag, n int) bool {
	l.tags[t].room += n
	room := l.held.room + n
	l.held.room = room
	return room <= l.high
}

// given finishes a give where there are hooks, or when much of what the lane has
// drawn is unused.
//
//go:noinline
func (l *Lane) given(tier Tier, t Tag, n int) {
	if l.drawn > 0 {
		l.undraw()
		l.divide()
	}
	l.freed(tier, n, t)
}

// divide shares what the budgets leave between the fast paths of the frame and of
// boxes, half and half: whoever has used up its part divides anew, so that near a
// line some more requests take the slow path, and none passes the line.
func (l *Lane) divide() {
	if l.budgeted {
		l.divideBudgets()
	}
	h := &l.a.config.Hooks
	if h.OnAlloc != nil && l.frame.active {
		l.frame.limit = closed
	}
	l.watchPeak()
	switch l.high = 2 * unlimited; {
	case h.OnFree != nil:
		l.high = -1
	case l.a.config.Budget.bounds():
		l.high = l.held.room + max(0, l.a.drawStep-(l.drawn-l.used()))
	}
}

func (l *Lane) divideBudgets() {
	c, f, t := &l.a.config, &l.frame, l.tag()
	left := c.LaneBudget.line(f.warned) - l.used()
	if c.Budget.bounds() {
		left = min(left, l.drawn-l.used())
	}
	l.held.set(max(0, left/2))
	l.allot(t)
	if f.active {
		tag := l.a.tagBudgets[t].line(f.warned) - l.tagUsed(t) - l.tags[t].room
		f.limit = min(f.end, f.next+max(0, min(left-l.held.room, tag)))
	}
}

// allot gives the boxes of a tag half of what its budget leaves, and nothing
// beyond a soft line, also when the frame has warned: the next one is to warn
// anew, and divides when it begins what its own tag has, but not others'.
func (l *Lane) allot(t Tag) {
	l.tags[t].set(max(0, (l.a.tagBudgets[t].line(false)-l.tagUsed(t))/2))
}

// watchPeak lets take be settled at the next peak, or always for a hook.
func (l *Lane) watchPeak() {
	l.low = max(0, l.held.granted-l.heldPeak)
	if l.a.config.Hooks.OnAlloc != nil {
		l.low = 2 * unlimited
	}
}

// open prepares the accounts of a lane that was taken: budgets may have come up
// since.
func (l *Lane) open() {
	l.budgeted = l.a.bounded()
	l.guarded = l.budgeted || l.watched
	room := unlimited
	if l.budgeted {
		room = 0
	}
	for t := range l.tags {
		l.tags[t].set(room)
	}
	l.held.set(room)
	l.divide()
}
