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
	// Shared is how many of Gaps touch a gap of C: the server has lost the cycles of
	// both.
	Shared int `json:"gaps_shared"`
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

// Gap is one of them.
type Gap struct {
	// From is the frame at which it begins, counted from the first cycle of the window,
	// and Frames its length, as in Gaps.
	From, Frames int
	// Exempt: C was late in all its cycles.
	Exempt bool
	// Shared: it touches a gap of C.
	Shared bool

	number uint32 // the server's of the frame From
}

// add makes the gap longer; a gap without length begins from frames after the server's
// frame first.
func (one *Gap) add(first uint32, from, frames int, exempt bool) {
	if one.Frames == 0 {
		*one = Gap{From: from, Exempt: true, number: first + uint32(from)}
	}
	one.Frames += frames
	one.Exempt = one.Exempt && exempt
}

// count adds up gaps.
func count(found []Gap) (g Gaps) {
	for _, one := range found {
		if one.Exempt {
			g.Exempt++
		} else {
			g.Gaps++
			g.Frames += one.Frames
			if one.Shared {
				g.Shared++
			}
		}
	}
	return g
}

// share marks the gaps that touch one of C. A sound may be heard one cycle later than
// another, so gaps with a block between them touch.
func share(found, ofC []Gap, block int) {
	for i := range found {
		one := &found[i]
		for _, c := range ofC {
			apart := int(int32(c.number - one.number))
			if apart <= one.Frames+block && -apart <= c.Frames+block {
				one.Shared = true
				break
			}
		}
	}
}

// listen finds the gaps in the recorded cycles of a window; heard is one channel of
// them all. A client that is late in one cycle may be heard in the next one, so both
// exempt. The first block of the recording may have begun before it: it is no gap.
func (s *sound) listen(captured []jackprobe.Cycle, heard []float32, w window, k *control) (found []Gap) {
	var open Gap
	end := func() {
		if open.Frames > 0 {
			found = append(found, open)
		}
		open = Gap{}
	}
	l := listener{sound: s, next: -1}
	var first *jackprobe.Cycle
	for i, c := range captured {
		wrong, unknown := l.hear(heard[:c.N])
		heard = heard[c.N:]
		if !w.holds(c.Begin) {
			continue
		}
		if first == nil {
			first = &captured[i]
		}
		if i == 0 {
			continue
		}
		last := captured[i-1]
		from := int(int32(c.Frame - first.Frame))
		if lost := int(int32(c.Frame - last.Frame - last.N)); lost > 0 { // negative where it was called again at once
			wrong = lost
			from -= lost
		}
		if wrong == 0 || !unknown {
			end()
		}
		if wrong > 0 {
			open.add(first.Frame, max(from, 0), wrong, k.lateBetween(last, c))
		}
		if !unknown {
			end()
		}
	}
	end()
	return found
}

// gapsIn returns the function that finds the gaps of the stream in a window, on the
// channel on which there are more, and those of C.
func (r recording) gapsIn(rendered []float32, k *control) func(w window) (stream []Gap, c Gaps) {
	left, right := &sound{frames: Channel(rendered, 0)}, &sound{frames: Channel(rendered, 1)}
	heardLeft, heardRight := Channel(r.heard, 0), Channel(r.heard, 1)
	return func(w window) (stream []Gap, c Gaps) {
		stream = left.listen(r.captured, heardLeft, w, k)
		if other := right.listen(r.captured, heardRight, w, k); count(other).Gaps > count(stream).Gaps {
			stream = other
		}
		ofC := left.listen(r.ofControl, r.reference, w, nil)
		if len(r.captured) > 0 {
			share(stream, ofC, int(r.captured[0].N))
		}
		return stream, count(ofC)
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
