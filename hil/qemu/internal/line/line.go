package line

import "github.com/memkit-go/memkit/hil"

// room is for bytes that have arrived and are not yet taken: a few frames.
const room = 4 * hil.MaxFrame

// Line is a [hil.Link] over a Stream, for a device that can be paused. It belongs to
// one goroutine.
type Line struct {
	stream     *Stream
	split      func([]byte) int
	in         [room]byte
	start, end int // of the bytes in it that are not yet taken
	paused     bool
	lost       uint64
}

// New makes a line. split returns the length of the frame that the bytes begin with,
// 0 when more are needed, and −n when the first n begin none.
func New(s *Stream, split func([]byte) int) *Line { return &Line{stream: s, split: split} }

// Send sends a frame. One that a paused device gets, or for which there is no room
// because the device does not read, is lost and counted. hil.ErrDown: the device has
// gone.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Line) Send(_ hil.Tick, frame []byte) error {
	if l.paused {
		l.lost++
		return nil
	}
	switch l.stream.Send(frame) {
	case nil:
		return nil
	case ErrFull:
		l.lost++
		return nil
	}
	return hil.ErrDown
}

// Receive takes the oldest frame, and waits for one until the deadline: hil.ErrEmpty.
// hil.ErrNone: the device is paused. hil.ErrDown: it has gone. A frame longer than the
// buffer is cut.
//
// Cost: one system call for a frame that is there, and the split. Allocates: no.
// Blocks: until the deadline. Caller: owner.
//
//rt:nonallocating
//rt:bound the deadline, and the bytes that the device sends until then
func (l *Line) Receive(_ hil.Tick, frame []byte, deadline int64) (int, error) {
	for {
		if n := l.nextFrame(frame); n > 0 {
			return n, nil
		}
		if l.start > 0 {
			l.end = copy(l.in[:], l.in[l.start:l.end])
			l.start = 0
		}
		if l.end == room {
			l.end = 0 // no frame is as long
		}
		wait := deadline
		if l.paused {
			wait = 0
		}
		n, err := l.stream.Receive(l.in[l.end:], wait)
		switch {
		case err == ErrEnded:
			return 0, hil.ErrDown
		case err != nil && l.paused:
			return 0, hil.ErrNone
		case err != nil:
			return 0, hil.ErrEmpty
		}
		l.end += n
	}
}

// nextFrame copies the first whole frame out, if there is one.
//
// Cost: the split. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the bytes that have arrived
func (l *Line) nextFrame(frame []byte) int {
	for l.start < l.end {
		n := l.split(l.in[l.start:l.end])
		switch {
		case n == 0:
			return 0
		case n < 0:
			l.start = min(l.end, l.start-n)
		default:
			n = min(n, l.end-l.start)
			got := copy(frame, l.in[l.start:l.start+n])
			l.start += n
			return got
		}
	}
	return 0
}

// Pause says that the device stands still, or that it runs again.
func (l *Line) Pause(on bool) { l.paused = on }

// Clear drops the bytes that have arrived: the device is reset.
func (l *Line) Clear() {
	for range maxReads {
		l.start, l.end = 0, 0
		if _, err := l.stream.Receive(l.in[:], 0); err != nil {
			return
		}
	}
}

// maxReads bounds Clear for a device that sends without end.
const maxReads = 64

// Lost counts the frames that did not reach the device.
func (l *Line) Lost() uint64 { return l.lost }

// Close closes the rig's end. A second Close returns nil.
func (l *Line) Close() error { return l.stream.Close() }
