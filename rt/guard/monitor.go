package guard

// monitor decides, one look at the controller's beat after another, whether it is silent. It
// counts looks and not time: when the whole machine stood still, the first look after
// finds no beat either, and those after it do.
type monitor struct {
	silence int // looks without a beat that are too many
	first   int // looks that the first beat may take
	last    uint64
	silent  int
	begun   bool
}

// look enters one look at the beat and returns Armed or why it trips. The beat may be
// anything that another process wrote: only a change of it counts.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *monitor) look(beat uint64) Reason {
	if beat != m.last {
		m.last, m.silent, m.begun = beat, 0, true
		return Armed
	}
	m.silent++
	switch {
	case m.begun && m.silent >= m.silence:
		return Silent
	case !m.begun && m.silent >= m.first:
		return NoFirstBeat
	}
	return Armed
}
