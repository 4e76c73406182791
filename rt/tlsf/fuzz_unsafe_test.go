package tlsf

import "testing"

// FuzzHeap runs a script of operations on a heap and its shadow. The first two
// bytes choose policy and size, then each operation takes three: what, and two
// of argument.
func FuzzHeap(f *testing.F) {
	f.Add([]byte{0, 0, 0, 10, 0, 0, 20, 0, 4, 0, 0, 0, 10, 0})
	f.Add([]byte{1, 1, 0, 200, 1, 5, 0, 255, 0, 30, 0, 9, 1, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 2 || len(script) > 3000 {
			return
		}
		h, err := New(region(2048+int(script[1])*256), Config{
			Policy:      Policy(script[0] & 1),
			RemoteQueue: 2,
			MaxPool:     4096,
		})
		if err != nil {
			return
		}
		s := newShadow(t, h)
		for script = script[2:]; len(script) >= 3; script = script[3:] {
			s.scripted(script[0], script[1], script[2])
			if script[0] >= 128 { // now and then with a block parked
				s.check()
			}
		}
		s.checkContent()
		s.check()
	})
}

// scripted does operation op%16. Sizes are a mantissa and an exponent, so that
// a byte reaches from nothing to more than the heap has.
func (s *shadow) scripted(op, x, y byte) {
	s.t.Helper()
	size := uintptr(x) << (y & 7)
	i := 0
	if len(s.blocks) > 0 {
		i = int(y>>3) * 31 % len(s.blocks)
	}
	switch op % 16 {
	case 0, 1, 2:
		s.alloc(size)
		return
	case 3:
		s.allocAligned(uintptr(x), 1<<(y%15))
		return
	case 4:
		s.calloc(size / 3)
		return
	case 5:
		s.drain(int(x) % 4)
		return
	case 6:
		if x == 0xff && y > 0xf0 {
			s.reset()
		}
		return
	case 7:
		if x == 0xff && len(s.spare) < 3 {
			s.addPool(1024 + int(y)*12)
		}
		return
	}
	if len(s.blocks) == 0 {
		return
	}
	switch op % 16 {
	case 8, 9, 10, 11:
		s.free(i)
	case 12:
		s.resize(i, size, true)
	case 13:
		s.resize(i, size, false)
	case 14:
		s.freeRemote(i)
	case 15:
		s.misuse(i)
	}
}

// addPool adds a region of Go memory that may lie anywhere, so it may fail.
func (s *shadow) addPool(n int) {
	s.t.Helper()
	before := s.h.Stats()
	r := region(n)
	if err := s.h.AddPool(r); err != nil {
		if after := s.h.Stats(); after != before {
			s.t.Fatalf("AddPool failed, and %+v became %+v", before, after)
		}
		return
	}
	s.spare = append(s.spare, r)
	s.remote = 0
}
