package async

import (
	"fmt"
	"strings"
)

// LeakError reports the handles that were not released when something was closed.
type LeakError struct {
	Name  string // of the pool, heap or frames
	Count int    // handles not released
	Bytes int    // in them; 0 for pools
	// Sites are where they were made, as file:line: always for frames, and for pools
	// in builds with the tag rtdebug.
	Sites []string
}

func (e *LeakError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "async: %q: %d not released at Close", e.Name, e.Count)
	if e.Bytes > 0 {
		fmt.Fprintf(&b, " (%d bytes)", e.Bytes)
	}
	if len(e.Sites) > 0 {
		fmt.Fprintf(&b, ": made at %s", strings.Join(e.Sites, ", "))
	}
	return b.String()
}
