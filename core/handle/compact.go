package handle

import "github.com/memkit-go/memkit/rt/pool"

// Compact moves unpinned blocks down over gaps until it has copied budget bytes,
// or finished a pass, and says whether it finished. The next call continues
// where this one stopped. One block more than the budget may be copied, so that
// each call with a budget gets somewhere; blocks that were looked at count 16
// bytes each, so a call is bounded also where nothing has to move.
//
// Cost: O(budget + the largest block). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each 16 bytes of budget
func (s *Space) Compact(budget int) (done bool) {
	for budget > 0 && s.from < s.high {
		x := *s.at(s.from)
		budget -= headerSize
		if x.handle == 0 {
			s.from += x.size
			continue
		}
		b := s.blocks.At(pool.Handle[block](x.handle))
		if b.pins > 0 || s.from == s.to {
			s.gap(s.to, s.from)
			s.from += x.size
			s.to = s.from
			continue
		}
		copy(s.region[s.to:], s.region[s.from:s.from+x.size])
		b.offset = s.to
		budget -= x.size
		s.moved += uint64(x.size)
		s.from += x.size
		s.to += x.size
		// The old place is a gap now, until the next block moves in.
		s.gap(s.to, s.from)
	}
	if s.from < s.high {
		return false
	}
	s.high = s.to
	s.from, s.to = 0, 0
	return true
}

// gap makes the bytes between two offsets one gap.
func (s *Space) gap(from, to int) {
	if from < to {
		*s.at(from) = header{size: to - from}
	}
}

// packed is where the last block would end if the victims of a Stream were freed and the
// space compacted.
func (s *Space) packed() int {
	to := 0
	for o := 0; o < s.high; {
		x := s.at(o)
		if b := s.block(Raw(x.handle)); b != nil && !b.evicted {
			if b.pins > 0 {
				to = o
			}
			to += x.size
		}
		o += x.size
	}
	return to
}
