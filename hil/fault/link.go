package fault

import (
	"fmt"

	"github.com/memkit-go/memkit/hil"
)

// link is a link with faults. Delayed frames wait in two queues, and leave when a step
// begins.
//
// It counts the answers that the device owes. When it owes none, no frame is on its way,
// and a rig in lock-step need not wait: so runs with lost frames are as fast and as
// repeatable as any.
type link struct {
	site     *hil.Site
	name     string
	inner    hil.Link
	faults   []*entry
	room     int
	to, from queue
	scratch  [hil.MaxFrame]byte
	owed     int   // answers
	damaged  bool  // a damaged frame went to the device, which may cost the one after it
	last     int64 // the exchange of the newest answer
}

func (l *link) prepare() {
	l.to, l.from = newQueue(l.room+spare), newQueue(l.room+spare)
	l.owed, l.damaged, l.last = 0, false, 0
}

// spare is the queues' room for frames that are doubled or held back.
const spare = 32

// begin sends the frames that are due to the device.
//
// Cost: O(frames due). Allocates: on an error. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:bound the queue's room
func (l *link) begin(t hil.Tick) error {
	for {
		f := l.to.due(t.Step)
		if f == nil {
			return nil
		}
		if l.silent() {
			continue
		}
		if err := l.pass(t, f.bytes[:f.n], f.answer); err != nil {
			//rt:allow ML601 reason="the run ends with this error"
			//rt:allow ML613 reason="the run ends with this error"
			return fmt.Errorf("fault: connection %s: a delayed frame: %w", l.name, err)
		}
	}
}

// answer is what the device owes for a frame.
type answer uint8

const (
	one    answer = iota // an answer
	same                 // none: the frame repeats another, whose answer may come twice
	broken               // none: the frame is damaged
)

// pass hands a frame to the device.
func (l *link) pass(t hil.Tick, frame []byte, a answer) error {
	switch a {
	case one:
		l.owed++
	case broken:
		l.damaged = true
	}
	//rt:allow ML606 reason="a link with faults has none inside"
	return l.inner.Send(t, frame)
}

// silent says that nothing gets through: the line is cut, or the device stands still.
func (l *link) silent() bool {
	for _, e := range l.faults {
		if e.active && (e.Kind == Disconnect || e.Kind == Pause || e.Kind == Reset) {
			return true
		}
	}
	return false
}

// forget drops all frames that are on their way.
func (l *link) forget() {
	l.to.clear()
	l.from.clear()
	l.owed = 0
}

// effects is the sum of the faults of one frame.
type effects struct {
	delay                   int64
	drop, double, swap, bad bool
}

// decide lets the faults act on a frame, which it may change. Its random numbers are those
// of the exchange that the frame is of, and so do not depend on when an answer comes.
//
// Cost: O(faults). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the faults of the plan
func (l *link) decide(t hil.Tick, d Direction, frame []byte, exchange int64) (n int, f effects) {
	n = len(frame)
	for _, e := range l.faults {
		if !e.active || e.Direction != BothWays && e.Direction != d {
			continue
		}
		if e.Kind == Clock {
			if d == ToDevice {
				e.slip(t, &f, l.site)
			}
			continue
		}
		k := 2 * uint64(d) // the choice; the size is k+1
		if e.Chance != 0 && e.random.uniform(exchange, k) >= e.Chance {
			continue
		}
		if e.Chance != 0 {
			l.site.Note(t, "frame", e.text)
		}
		r := e.random.bits(exchange, k+1)
		switch e.Kind {
		case Latency:
			f.delay += int64(e.Value)
		case Jitter:
			f.delay += int64(r % (uint64(e.Value) + 1))
		case Drop:
			f.drop = true
		case Duplicate:
			f.double = true
		case Reorder:
			f.swap = true
		case Corrupt:
			bit := r % uint64(8*n)
			if n > 1 {
				bit = 8 + r%uint64(8*(n-1))
			}
			frame[bit/8] ^= 1 << (bit % 8)
			f.bad = true
		case Truncate:
			if n > 1 {
				n = 1 + int(r%uint64(n-1))
			}
			f.bad = true
		}
	}
	return n, f
}

// slip lets the device's clock go its way for one frame.
func (e *entry) slip(t hil.Tick, f *effects, s *hil.Site) {
	e.offset += e.Value / 1e6
	switch {
	case e.offset >= 1:
		e.offset--
		f.double = true
	case e.offset <= -1:
		e.offset++
		f.drop = true
	default:
		return
	}
	s.Note(t, "frame", e.text)
}

// Send implements hil.Link.
//
// Cost: O(faults + frames kept) and the link's. Allocates: no. Blocks: no.
// Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
func (l *link) Send(t hil.Tick, frame []byte) error {
	if len(frame) > hil.MaxFrame {
		return hil.ErrFrame
	}
	if l.silent() {
		return nil
	}
	n := copy(l.scratch[:], frame)
	n, f := l.decide(t, ToDevice, l.scratch[:n], t.Step)
	if f.drop {
		return nil
	}
	a, copies := one, 1
	if f.bad {
		a = broken
	}
	if f.double {
		copies = 2
	}
	held := l.to.waiting()
	if f.swap && held == nil {
		l.to.push(passed, l.scratch[:n], a)
		return nil
	}
	for range copies {
		if f.delay > 0 {
			l.to.push(t.Step+f.delay, l.scratch[:n], a)
		} else if err := l.pass(t, l.scratch[:n], a); err != nil {
			return err
		}
		if a == one {
			a = same
		}
	}
	if held != nil {
		return l.pass(t, held.bytes[:held.n], held.answer)
	}
	return nil
}

// Receive implements hil.Link.
//
// Cost: O(faults + frames kept) and the link's. Allocates: no. Blocks: until the
// deadline. Caller: the goroutine that runs the rig.
//
//rt:nonallocating
//rt:bound the frames that the device owes
//rt:allow ML606 reason="a link has one device inside, which is the board or a link to it"
func (l *link) Receive(t hil.Tick, frame []byte, deadline int64) (int, error) {
	if f := l.from.due(t.Step); f != nil {
		return copy(frame, f.bytes[:f.n]), nil
	}
	for {
		if l.owed == 0 {
			deadline = 0 // there may be frames that it does not owe
		}
		n, err := l.inner.Receive(t, frame, deadline)
		switch {
		case err == nil:
		case err == hil.ErrNone:
			l.owed = 0
			return 0, err
		case err == hil.ErrEmpty && l.owed == 0:
			return 0, hil.ErrNone
		case err == hil.ErrEmpty && deadline != 0 && l.damaged:
			l.owed, l.damaged = 0, false // the damage has cost the answer
			return 0, hil.ErrNone
		default:
			return 0, err
		}
		exchange, damage := l.site.Exchange(l.name, frame[:n])
		if damage == nil && (exchange == 0 || exchange == l.last) {
			return n, nil // the handshake's, or repeated by the device: when it comes is chance
		}
		l.owed = max(0, l.owed-1)
		if damage == nil {
			l.damaged, l.last = false, exchange
		}
		if l.silent() {
			continue
		}
		n, f := l.decide(t, FromDevice, frame[:n], exchange)
		switch {
		case f.drop:
			continue
		case f.swap && !l.from.hasWaiting():
			l.from.push(passed, frame[:n], one)
			continue
		}
		if f.delay > 0 {
			l.from.push(t.Step+f.delay, frame[:n], one)
		}
		if f.double {
			l.from.push(t.Step+f.delay, frame[:n], one)
		}
		if held := l.from.waiting(); held != nil {
			l.from.push(t.Step+f.delay, held.bytes[:held.n], one)
		}
		if f.delay == 0 {
			return n, nil
		}
	}
}

// Close implements hil.Link.
func (l *link) Close() error { return l.inner.Close() }
