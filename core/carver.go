package core

// carver hands out parts of an arena at set-up. With no memory it only counts,
// which is how the arena's size is found: by the code that will divide it.
type carver struct {
	memory []byte
	used   int
}

func (c *carver) take(n, align int) []byte {
	start := (c.used + align - 1) &^ (align - 1)
	c.used = start + n
	if c.memory == nil {
		return nil
	}
	return c.memory[start:c.used]
}
