package core

import (
	"fmt"
	"strings"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Leak is the memory that one lane still had in use under one tag.
type Leak struct {
	Lane  int
	Tag   string
	Count int // boxes, group blocks and scratches
	Bytes int
}

// LeakError lists the memory that was still in use when its allocator was closed.
type LeakError struct {
	Leaks []Leak
	// Transfers were sent and never accepted; Dropped are deferred frees that a
	// full queue gave up. Their memory is among the leaks.
	Transfers int
	Dropped   int
}

func (e *LeakError) Error() string {
	var b strings.Builder
	b.WriteString("core: not closed:")
	for i, k := range e.Leaks {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, " %d of tag %q (%d bytes) in lane %d", k.Count, k.Tag, k.Bytes, k.Lane)
	}
	if e.Transfers > 0 {
		fmt.Fprintf(&b, "; %d transfers never accepted", e.Transfers)
	}
	if e.Dropped > 0 {
		fmt.Fprintf(&b, "; %d deferred frees dropped", e.Dropped)
	}
	return b.String()
}

// leaks carries out the pending frees and reports the rest.
func (a *Allocator) leaks() *LeakError {
	e := &LeakError{}
	for i := range a.lanes {
		l := &a.lanes[i]
		l.Adopt()
		l.Drain(l.queue.Cap())
		byTag := make([]Leak, len(l.books.tags))
		for _, h := range l.origins {
			h.leaks(func(t Tag, size int) {
				byTag[t].Count++
				byTag[t].Bytes += size
			})
		}
		for t, leak := range byTag {
			if leak.Count > 0 {
				leak.Lane, leak.Tag = i, a.tagNames.of(uint16(t))
				e.Leaks = append(e.Leaks, leak)
			}
		}
		for c := range l.cells {
			if atomics.Load(&l.cells[c].state)&3 == cellSent {
				e.Transfers++
			}
		}
		e.Dropped += int(l.dropped.Load())
	}
	if len(e.Leaks) == 0 {
		return nil
	}
	return e
}
