package gpu

// hazards are what the commands since the last barrier have read and written.
type hazards struct{ read, written []Span }

// add enters a command, and reports whether it needs a barrier first: it touches
// memory written since the last one, or writes memory read since.
func (h *hazards) add(reads, writes []Span) (barrier bool) {
	for _, s := range reads {
		barrier = barrier || overlapsAny(h.written, s)
	}
	for _, s := range writes {
		barrier = barrier || overlapsAny(h.written, s) || overlapsAny(h.read, s)
	}
	if barrier {
		h.read, h.written = h.read[:0], h.written[:0]
	}
	h.read, h.written = append(h.read, reads...), append(h.written, writes...)
	return barrier
}

func overlapsAny(list []Span, s Span) bool {
	for _, x := range list {
		if x.Memory == s.Memory && overlap(x, s) {
			return true
		}
	}
	return false
}

func overlap(a, b Span) bool {
	return a.Offset < b.Offset+b.Size && b.Offset < a.Offset+a.Size
}
