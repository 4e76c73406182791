package gpu

import (
	"github.com/memkit-go/memkit/rt/tlsf"
)

// space divides a block by offsets.
type space interface {
	// alloc returns a part of at least size at a multiple of align; false when there
	// is no room.
	alloc(size, align uint64) (part, bool)
	free(p part)
	used() uint64
}

// part is a part of a space.
type part struct {
	offset, size uint64
	rng          tlsf.Range // of a ranges
	entry        int        // of a ringSpace
}

// Strategy is how a pool divides its blocks.
type Strategy uint8

const (
	// TLSF allocates and frees in any order, in constant time.
	TLSF Strategy = iota
	// Linear allocates one after the other. The block is free again when all of its
	// buffers are.
	Linear
	// Ring allocates one after the other and begins again where the oldest were
	// freed: for staging.
	Ring
	// Dedicated gives each buffer memory of its own from the driver.
	Dedicated

	strategies
)

func (s Strategy) String() string {
	if s >= strategies {
		return "unknown"
	}
	return [strategies]string{"TLSF", "Linear", "Ring", "Dedicated"}[s]
}

func newSpace(s Strategy, size, granule uint64, most int) (space, error) {
	switch s {
	case Linear:
		return &linearSpace{size: size}, nil
	case Ring:
		return &ringSpace{size: size, entries: make([]ringEntry, most)}, nil
	case Dedicated:
		return &linearSpace{size: size}, nil
	}
	r, err := tlsf.NewRanges(tlsf.RangesConfig{Size: size, Granule: granule, MaxRanges: most})
	if err != nil {
		return nil, err
	}
	return rangesSpace{r}, nil
}

// rangesSpace is TLSF over offsets.
type rangesSpace struct{ ranges *tlsf.Ranges }

func (s rangesSpace) alloc(size, align uint64) (part, bool) {
	r, err := s.ranges.Alloc(size, align)
	return part{offset: r.Offset, size: r.Size, rng: r}, err == nil
}

func (s rangesSpace) free(p part) { _ = s.ranges.Free(p.rng) } // a pool frees a part once

func (s rangesSpace) used() uint64 { return s.ranges.Stats().Used }

// linearSpace bumps an offset, and starts again when nothing is live.
type linearSpace struct {
	size, next uint64
	live       int
}

func (s *linearSpace) alloc(size, align uint64) (part, bool) {
	at := roundUp(s.next, align)
	if at > s.size || size > s.size-at {
		return part{}, false
	}
	s.next = at + size
	s.live++
	return part{offset: at, size: size}, true
}

func (s *linearSpace) free(part) {
	s.live--
	if s.live == 0 {
		s.next = 0
	}
}

func (s *linearSpace) used() uint64 { return s.next }

// ringSpace allocates at head. Entries hold the live parts from the oldest to the
// newest; those freed out of order wait for the older ones.
type ringSpace struct {
	size    uint64
	head    uint64 // next offset
	entries []ringEntry
	first   int // oldest entry
	count   int
}

type ringEntry struct {
	offset, end uint64
	freed       bool
}

func (s *ringSpace) alloc(size, align uint64) (part, bool) {
	if s.count == len(s.entries) || size > s.size {
		return part{}, false
	}
	at := roundUp(s.head, align)
	if s.count == 0 {
		at = 0
	} else {
		tail := s.entries[s.first].offset
		switch {
		case s.head > tail: // free: head to the end, then 0 to tail
			if at > s.size || size > s.size-at {
				at = 0
				if size > tail {
					return part{}, false
				}
			}
		case at > tail || size > tail-at: // free: head to tail
			return part{}, false
		}
	}
	i := (s.first + s.count) % len(s.entries)
	s.entries[i] = ringEntry{offset: at, end: at + size}
	s.count++
	s.head = at + size
	return part{offset: at, size: size, entry: i}, true
}

func (s *ringSpace) free(p part) {
	s.entries[p.entry].freed = true
	for s.count > 0 && s.entries[s.first].freed {
		s.entries[s.first] = ringEntry{}
		s.first = (s.first + 1) % len(s.entries)
		s.count--
	}
}

func (s *ringSpace) used() uint64 {
	var n uint64
	for i := range s.count {
		e := s.entries[(s.first+i)%len(s.entries)]
		n += e.end - e.offset
	}
	return n
}

// roundUp rounds n up to a multiple of align, a power of two.
func roundUp(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }
