package core

// refuse counts a request that memory is lacking for, and returns its error.
//
//go:noinline
func (l *Lane) refuse(what *shortage, size int, t Tag) error {
	l.err.Op, l.err.Kind, l.err.Size, l.err.Tag, l.err.cause = what.op, ErrExhausted, size, t, what.cause
	l.frame.events().Refused.Exhausted++
	l.stats.Add(&l.stats.Current().Exhausted, 1)
	return &l.err
}

// refuseOver counts a request that a budget refuses, and returns its error.
func (l *Lane) refuseOver(size int, t Tag) error {
	e := &l.books.refusal
	e.Size, e.Tag = size, t
	l.frame.events().Refused.Budget++
	l.stats.Add(&l.stats.Current().OverBudget, 1)
	return e
}

// bookSlow completes accounts.book, tells the hook, and returns what a budget
// refuses.
//
//go:noinline
func (l *Lane) bookSlow(tier Tier, t Tag, n int) error {
	if !l.books.bookSlow(t, n) {
		return l.refuseOver(n, t)
	}
	l.allocated(tier, n, t)
	return nil
}

// unbookSlow completes accounts.unbook and tells the hook.
//
//go:noinline
func (l *Lane) unbookSlow(tier Tier, t Tag, n int) {
	l.books.unbookSlow()
	l.freed(tier, n, t)
}
