package core

// Scope is a tag or a phase in force, from [Frame.Push] or [Frame.Phase] until
// its End. It has four fields because the compiler keeps no larger struct in
// registers.
type Scope struct {
	f      *Frame
	labels *labels
	number uint64
	ends   position // the labels in force afterwards, and the depth
}

// End puts the label that was in force before back in force, and ends the scopes
// opened inside as well. Ending a scope twice, or after its frame, does nothing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s Scope) End() {
	f, l := s.f, s.labels
	if f.number != s.number || l.depth <= s.ends.depth || !f.active {
		return
	}
	l.charge(f)
	l.current, l.depth = s.ends.current, s.ends.depth
	if f.lane.books.budgeted {
		f.relimitSlow()
	}
}
