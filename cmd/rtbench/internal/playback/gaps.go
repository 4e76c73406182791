package playback

import "github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"

// Gaps are what a listener heard that the synth has not made: silence, a sample
// repeated, left out or changed, and time in which nothing came. They are taken from the
// recording alone, and not from what the stream says of itself.
type Gaps struct {
	// Gaps is how many there are, and Frames how long they are in all: frames that were
	// heard wrong, or were left out or repeated, of each block at most its length; and
	// the frames of cycles in which the recorder, which waits for the stream, was not
	// called.
	Gaps   int `json:"gaps"`
	Frames int `json:"gap_frames"`
	// Exempt is how many more there are in cycles in which C was late too.
	Exempt int `json:"gaps_exempt"`
}

// listener follows a sound through the blocks of a recording.
type listener struct {
	sound *sound
	// next is the frame that should be heard next, −1 before the sound has begun.
	next int
}

// hear returns how many frames of a block were wrong, or between it and the one before.
// unknown reports that the sound has it nowhere: with more of them it is one gap.
func (l *listener) hear(block []float32) (wrong int, unknown bool) {
	if l.next >= 0 && l.sound.has(block, l.next) {
		l.next += len(block)
		return 0, false
	}
	at := l.sound.place(block, max(l.next, 0))
	switch {
	case at < 0 && l.next < 0:
		return len(block), true
	case at < 0:
		wrong = l.sound.differing(block, l.next)
		l.next += len(block)
		return wrong, true
	case l.next >= 0:
		wrong = min(distance(at, l.next), len(block))
	}
	l.next = at + len(block)
	return wrong, false
}

// gap is one that may go on.
type gap struct {
	frames  int
	excused bool // in all its cycles
}

func (one *gap) add(frames int, excused bool) {
	one.excused = excused && (one.frames == 0 || one.excused)
	one.frames += frames
}

// end counts a gap that is over, if there is one.
func (g *Gaps) end(one *gap) {
	switch {
	case one.frames == 0:
	case one.excused:
		g.Exempt++
	default:
		g.Gaps++
		g.Frames += one.frames
	}
	*one = gap{}
}

// listen counts the gaps in the recorded cycles of a window; heard is one channel of
// them all. A client that is late in one cycle may be heard in the next one, so both
// excuse. The first block of the recording may have begun before it: it is no gap.
func (s *sound) listen(captured []jackprobe.Cycle, heard []float32, w window, k *control) (g Gaps) {
	var open gap
	l := listener{sound: s, next: -1}
	for i, c := range captured {
		wrong, unknown := l.hear(heard[:c.N])
		heard = heard[c.N:]
		if i == 0 || !w.holds(c.Begin) {
			continue
		}
		last := captured[i-1]
		lost := int(int32(c.Frame - last.Frame - last.N)) // negative where it was called again at once
		if lost > 0 {
			wrong = lost
		}
		if wrong == 0 {
			g.end(&open)
			continue
		}
		if !unknown {
			g.end(&open)
		}
		open.add(wrong, k.lateBetween(last, c))
		if !unknown {
			g.end(&open)
		}
	}
	g.end(&open)
	return g
}

// gapsIn returns the function that counts the gaps of the stream in a window, on the
// channel on which they are more, and those of C where it was recorded.
func (r recording) gapsIn(rendered []float32, k *control) func(w window) (stream Gaps, c int) {
	left, right := &sound{frames: Channel(rendered, 0)}, &sound{frames: Channel(rendered, 1)}
	heardLeft, heardRight := Channel(r.heard, 0), Channel(r.heard, 1)
	return func(w window) (stream Gaps, c int) {
		stream = left.listen(r.captured, heardLeft, w, k)
		if other := right.listen(r.captured, heardRight, w, k); other.Gaps > stream.Gaps {
			stream = other
		}
		return stream, left.listen(r.ofControl, r.reference, w, nil).Gaps
	}
}

// Channel takes a channel out of two that are interleaved.
func Channel(interleaved []float32, channel int) []float32 {
	one := make([]float32, 0, len(interleaved)/2)
	for i := channel; i < len(interleaved); i += 2 {
		one = append(one, interleaved[i])
	}
	return one
}
