package gpu

import (
	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/internal/errkind"
)

// Debug builds surround each buffer that the CPU reaches with margins, fill fresh
// and freed memory, and check the margins when a buffer is freed.

// margin is the size of each margin.
func (p *Pool) margin() uint64 {
	if !debug.Enabled || !p.info.Visible {
		return 0
	}
	return p.device.caps.Alignment
}

func (p *Pool) fillNew(s *slot) {
	m := p.margin()
	if m == 0 {
		return
	}
	memory := s.block.host[s.part.offset : s.part.offset+s.part.size]
	fill(memory, debug.Freed)
	fill(memory[m:m+s.size], debug.Fresh)
}

func (p *Pool) fillFreed(s *slot) {
	if p.margin() > 0 {
		fill(s.block.host[s.part.offset:s.part.offset+s.part.size], debug.Freed)
	}
}

func (p *Pool) checkMargins(s *slot) error {
	m := p.margin()
	if m == 0 {
		return nil
	}
	memory := s.block.host[s.part.offset : s.part.offset+s.part.size]
	for i, c := range memory {
		if uint64(i) >= m && uint64(i) < m+s.size {
			continue
		}
		if c != debug.Freed {
			return errkind.Errorf(ErrOverwritten, "gpu: buffer %q of %d bytes, made at %v: the byte at %d was overwritten", s.name, s.size, &s.made, int64(i)-int64(m))
		}
	}
	return nil
}

func fill(b []byte, c byte) {
	for i := range b {
		b[i] = c
	}
}
