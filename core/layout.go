package core

// layout divides an arena at set-up. With no memory it only adds up sizes, so the
// arena's size is computed by the code that will divide it.
type layout struct {
	memory []byte
	used   int
}

// reserve returns the next n bytes at a multiple of align.
func (l *layout) reserve(n, align int) []byte {
	start := (l.used + align - 1) &^ (align - 1)
	l.used = start + n
	if l.memory == nil {
		return nil
	}
	return l.memory[start:l.used]
}
