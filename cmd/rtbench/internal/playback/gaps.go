package playback

import (
	"math"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
)

// Gaps are what a listener heard that the synth has not made: silence, a sample
// repeated, left out or changed. They come from the capture alone, and not from what
// the stream says of itself.
type Gaps struct {
	// Gaps is how many there are, and Frames how long they are in all: frames that were
	// heard wrong, or were left out.
	Gaps   int `json:"gaps"`
	Frames int `json:"gap_frames"`
	// Exempt is how many more there are in cycles in which C was late too.
	Exempt int `json:"gaps_exempt"`
}

// sound is a rendering in which recorded frames are looked up.
type sound struct {
	frames []float32 // of one channel
	at     map[uint64][]int32
}

// fingerprint is how many samples in a row tell a place in the sound.
const fingerprint = 4

// newSound indexes one channel of an interleaved rendering.
func newSound(rendered []float32, channels, channel int) *sound {
	s := &sound{frames: make([]float32, 0, len(rendered)/channels), at: map[uint64][]int32{}}
	for i := channel; i < len(rendered); i += channels {
		s.frames = append(s.frames, rendered[i])
	}
	for i := range len(s.frames) - fingerprint + 1 {
		key := keyOf(s.frames[i:])
		s.at[key] = append(s.at[key], int32(i))
	}
	return s
}

// keyOf is the fingerprint at the beginning of samples. (FNV-1a, 64 bits.)
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

// place is the frame nearest to near at which the sound has these samples, −1 where
// it has them nowhere.
func (s *sound) place(samples []float32, near int) int {
	best := -1
	if len(samples) < fingerprint {
		return best
	}
	for _, at := range s.at[keyOf(samples)] {
		if s.has(samples, int(at)) && (best < 0 || distance(int(at), near) < distance(best, near)) {
			best = int(at)
		}
	}
	return best
}

func distance(a, b int) int { return max(a-b, b-a) }

// has reports whether the sound has these samples at a frame.
func (s *sound) has(samples []float32, at int) bool {
	if at < 0 || at+len(samples) > len(s.frames) {
		return false
	}
	for i, v := range samples {
		if !same(v, s.frames[at+i]) {
			return false
		}
	}
	return true
}

// listen counts the gaps in the recorded cycles of a window. Between two
// blocks that the sound has, one after the other at their distance, nothing is a gap.
func (s *sound) listen(captured []jackprobe.Cycle, heard []float32, w window, k *control) (g Gaps) {
	next := -1 // frame that should be heard next, −1 before the sound has begun
	inGap := false
	var last jackprobe.Cycle
	for i, c := range captured {
		block := heard[:c.N]
		heard = heard[c.N:]
		if !w.holds(c.Begin) {
			continue
		}
		at := next
		if next < 0 || !s.has(block, next) {
			at = s.place(block, max(next, 0))
		}
		excused := k != nil && (k.late(c.Frame) || i > 0 && k.late(last.Frame))
		switch {
		case at < 0 && next < 0: // before the first block
		case at < 0:
			g.Frames += len(block)
			g.begin(inGap, excused)
			inGap = true
			next += len(block)
		case next >= 0 && at != next:
			g.Frames += min(distance(at, next), len(block))
			g.begin(inGap, excused)
			fallthrough
		default:
			inGap = false
			next = at + len(block)
		}
		last = c
	}
	return g
}

// begin counts a gap, unless one goes on.
func (g *Gaps) begin(inGap, excused bool) {
	switch {
	case inGap:
	case excused:
		g.Exempt++
	default:
		g.Gaps++
	}
}

// channelFrom returns one channel of an interleaved recording.
func channelFrom(heard []float32, channel int) []float32 {
	one := make([]float32, 0, len(heard)/2)
	for i := channel; i < len(heard); i += 2 {
		one = append(one, heard[i])
	}
	return one
}

// hear counts the gaps of the stream, on the channel on which they are worse, and of C.
func hear(r recording, rendered []float32, w window, k *control) (stream Gaps, c int) {
	left := newSound(rendered, 2, 0)
	stream = left.listen(r.captured, channelFrom(r.heard, 0), w, k)
	c = left.listen(r.captured, r.reference, w, nil).Gaps
	if right := newSound(rendered, 2, 1).listen(r.captured, channelFrom(r.heard, 1), w, k); right.Gaps > stream.Gaps {
		stream = right
	}
	return stream, c
}
