package core

import "fmt"

// Error is a refused allocation. Each lane has one, so that failing costs no
// memory: the next failure of the lane overwrites it. Copy it to keep it.
type Error struct {
	Op   string // what was asked for: "frame", "heap", "pool", …
	Kind error  // one of the sentinels
	Size int    // bytes
	Tag  Tag
}

func (e *Error) Error() string {
	return fmt.Sprintf("core: %s: %d bytes, tag %d: %v", e.Op, e.Size, e.Tag, e.Kind)
}

func (e *Error) Unwrap() error { return e.Kind }
