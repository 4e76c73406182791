package alloctrace

// Cursor walks a trace's operations round and round, a stretch at a time, so
// that a replaying loop has no end to test for in each operation.
type Cursor struct {
	ops []Op
	at  int
}

// NewCursor starts at t's first operation.
func NewCursor(t *Trace) Cursor { return Cursor{ops: t.Ops} }

// Next is the next stretch: n operations, or fewer where the trace ends.
func (c *Cursor) Next(n int) []Op {
	from := c.at
	c.at = min(from+n, len(c.ops))
	stretch := c.ops[from:c.at]
	if c.at == len(c.ops) {
		c.at = 0
	}
	return stretch
}

// AtStart reports whether the next stretch begins at the first operation.
func (c *Cursor) AtStart() bool { return c.at == 0 }
