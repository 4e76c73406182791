package pool

import (
	"fmt"
	"strings"
)

// LeakError says which slots were in use when their pool was closed, and where
// each was taken. Only builds with tag rtdebug know.
type LeakError struct {
	Pool  string   // its type
	Slots []int    // their numbers
	Sites []string // file:line of each one's Get or Alloc
}

func (e *LeakError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: closed with %d slots in use", e.Pool, len(e.Slots))
	for i, slot := range e.Slots {
		fmt.Fprintf(&b, "; slot %d taken at %s", slot, e.Sites[i])
	}
	return b.String()
}
