package shadow

import "math/rand/v2"

// Source yields the bytes that decide what a driver does.
type Source struct {
	data   []byte
	random *rand.Rand // instead of data, when set
	left   int        // bytes that random still yields
	step   int
}

// Next yields a byte, and false once there are no more.
func (s *Source) Next() (b byte, ok bool) {
	s.step++
	if s.random != nil {
		s.left--
		return byte(s.random.Uint32()), s.left >= 0
	}
	if len(s.data) == 0 {
		return 0, false
	}
	b, s.data = s.data[0], s.data[1:]
	return b, true
}

// Number yields two bytes as a number, 0 where they are missing.
func (s *Source) Number() int {
	a, _ := s.Next()
	b, _ := s.Next()
	return int(a)<<8 | int(b)
}

// Soaking says that the bytes come from the generator.
func (s *Source) Soaking() bool { return s.random != nil }

// Due says whether to run an expensive check now: always while fuzzing, rarely
// while soaking.
func (s *Source) Due() bool { return !s.Soaking() || s.step%4096 < 2 }
