package playback

import "math"

// sound is a rendering of one channel in which recorded frames are looked up.
type sound struct {
	frames []float32
	// latest is the last frame of those at multiples of stride at which a fingerprint
	// begins, and before, by its number, the one before it: −1 where there is none.
	// Both are made when they are first needed.
	latest map[uint64]int32
	before []int32
}

const (
	// fingerprint is how many samples in a row are looked up.
	fingerprint = 4
	// stride is the distance between frames that can be looked up. A block needs
	// stride + fingerprint − 1 samples to have one in it wherever it begins.
	stride = 8
	// shortest is thus the shortest block that is found.
	shortest = stride + fingerprint - 1
)

func (s *sound) index() {
	s.latest = make(map[uint64]int32, len(s.frames)/stride)
	for i := 0; i+fingerprint <= len(s.frames); i += stride {
		key := keyOf(s.frames[i:])
		at, ok := s.latest[key]
		if !ok {
			at = -1
		}
		s.before = append(s.before, at)
		s.latest[key] = int32(i)
	}
}

// keyOf is the fingerprint at the beginning of samples (FNV-1a, 64 bits).
func keyOf(samples []float32) uint64 {
	h := uint64(14695981039346656037)
	for _, v := range samples[:fingerprint] {
		if v == 0 {
			v = 0 // and not −0
		}
		h = (h ^ uint64(math.Float32bits(v))) * 1099511628211
	}
	return h
}

// place is the frame nearest to near at which the sound has this block, −1 where it has
// it nowhere or the block is shorter than can be found.
func (s *sound) place(block []float32, near int) int {
	if len(block) < shortest {
		return -1
	}
	if s.latest == nil {
		s.index()
	}
	best := -1
	for offset := range stride {
		at, ok := s.latest[keyOf(block[offset:])]
		for ; ok && at >= 0; at = s.before[at/stride] {
			begin := int(at) - offset
			if (best < 0 || distance(begin, near) < distance(best, near)) && s.has(block, begin) {
				best = begin
			}
		}
	}
	return best
}

func distance(a, b int) int { return max(a-b, b-a) }

// has reports whether the sound has these samples at a frame.
func (s *sound) has(block []float32, at int) bool { return s.differing(block, at) == 0 }

// differing is how many samples of a block are not those at a frame of the sound.
func (s *sound) differing(block []float32, at int) (n int) {
	for i, v := range block {
		if at+i < 0 || at+i >= len(s.frames) || !same(v, s.frames[at+i]) {
			n++
		}
	}
	return n
}
