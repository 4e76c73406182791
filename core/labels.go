package core

// labels attributes a frame's bytes along one dimension: tags, phases or intents.
// The bytes allocated since the last switch are charged at the next one, so
// allocations themselves pay nothing.
type labels struct {
	current uint16
	depth   uint16 // of open scopes
	since   int    // the frame's bytes at the last switch
	allocs  int    // and its allocations
	counts  []count
}

// count is one label's share of frame number frame. Another frame's is void.
type count struct {
	frame  uint64
	bytes  int
	allocs int
	opened int
}

func (l *labels) begin() { l.current, l.depth, l.since, l.allocs = 0, 0, 0, 0 }

// at is the count of a label in f's frame.
func (l *labels) at(id uint16, f *Frame) *count {
	c := &l.counts[id]
	if c.frame != f.number {
		*c = count{frame: f.number}
	}
	return c
}

// charge charges the bytes allocated since the last switch to the current label.
func (l *labels) charge(f *Frame) {
	total := f.bytes()
	if f.allocs == l.allocs && total == l.since {
		return
	}
	c := l.at(l.current, f)
	c.bytes += total - l.since
	c.allocs += f.allocs - l.allocs
	l.since, l.allocs = total, f.allocs
}

// open makes id current, in a running frame. An unknown id counts as label 0.
func (l *labels) open(id uint16, f *Frame) Scope {
	if !f.usable() {
		return Scope{f: f}
	}
	if int(id) >= len(l.counts) {
		id = 0
	}
	l.charge(f)
	ends := position{l.current, l.depth}
	l.current, l.depth = id, ends.depth+1
	l.at(id, f).opened++
	return Scope{f, l, f.number, ends}
}

// end ends what scopes are open.
func (l *labels) end(f *Frame) {
	l.charge(f)
	l.current, l.depth = 0, 0
}

// bytes is what a label has in the running frame.
func (l *labels) bytes(id uint16, f *Frame) int {
	n := 0
	if c := &l.counts[id]; c.frame == f.number {
		n = c.bytes
	}
	if id == l.current && f.active {
		n += f.bytes() - l.since
	}
	return n
}

// position is what a mark remembers of a dimension.
type position struct{ current, depth uint16 }

func (l *labels) position() position { return position{l.current, l.depth} }

// restore takes the dimension back to a mark, whose counts are in place again.
func (l *labels) restore(p position, f *Frame) {
	l.current, l.depth = p.current, p.depth
	l.since, l.allocs = f.bytes(), f.allocs
}
