package fault

import "github.com/memkit-go/memkit/hil"

// link is a link with faults. Delayed frames wait in two queues, and leave when a step
// begins.
//
// It counts the answers that the device owes. When it owes none, no frame is on its way,
// and a rig in lock-step need not wait: so runs with lost frames are as fast and as
// repeatable as any.
type link struct {
	site      *hil.Site
	name      string
	inner     hil.Link
	faults    []*entry
	room      int
	to, from  queue
	scratch   [hil.MaxFrame]byte
	owed      int  // answers
	damaged   bool // a damaged frame went to the device, which may cost the one after it
	sent, got uint64
}

func (l *link) prepare() {
	l.to, l.from = newQueue(l.room+spare), newQueue(l.room+spare)
}

// spare is the queues' room for frames that are doubled or held back.
const spare = 32

// begin sends the frames that are due to the device.
//
// Cost: O(frames due). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
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
		if err := l.pass(t, f.bytes[:f.n], f.damaged); err != nil {
			return err
		}
	}
}

// pass hands a frame to the device.
func (l *link) pass(t hil.Tick, frame []byte, damaged bool) error {
	if damaged {
		l.damaged = true
	} else {
		l.owed++
	}
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

// fate is the sum of the faults of one frame.
type fate struct {
	delay                   int64
	drop, double, swap, bad bool
}

// decide lets the faults act on a frame, which it may change.
//
// Cost: O(faults). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the faults of the plan
func (l *link) decide(t hil.Tick, d Direction, frame []byte, number uint64) (n int, f fate) {
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
		// Six numbers a frame and direction: the choice and the size.
		k := 6*number + 3*uint64(d)
		if e.Chance != 0 && e.random.uniform(t.Step, k) >= e.Chance {
			continue
		}
		if e.Chance != 0 {
			l.site.Note(t, "frame", e.text)
		}
		r := e.random.bits(t.Step, k+1)
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
func (e *entry) slip(t hil.Tick, f *fate, s *hil.Site) {
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
	l.sent++
	if l.silent() {
		return nil
	}
	n := copy(l.scratch[:], frame)
	n, f := l.decide(t, ToDevice, l.scratch[:n], l.sent)
	if f.drop {
		return nil
	}
	held := l.to.held()
	if f.swap && held == nil {
		l.to.push(passed, l.scratch[:n], f.bad)
		return nil
	}
	copies := 1
	if f.double {
		copies = 2
	}
	for range copies {
		if f.delay > 0 {
			l.to.push(t.Step+f.delay, l.scratch[:n], f.bad)
		} else if err := l.pass(t, l.scratch[:n], f.bad); err != nil {
			return err
		}
	}
	if held != nil {
		return l.pass(t, held.bytes[:held.n], held.damaged)
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
		if s, err := l.site.Number(l.name, frame[:n]); err != nil || s != 0 {
			l.owed = max(0, l.owed-1)
			l.damaged = l.damaged && err != nil
		}
		l.got++
		if l.silent() {
			continue
		}
		n, f := l.decide(t, FromDevice, frame[:n], l.got)
		switch {
		case f.drop:
			continue
		case f.swap && !l.from.holds():
			l.from.push(passed, frame[:n], false)
			continue
		}
		if f.delay > 0 {
			l.from.push(t.Step+f.delay, frame[:n], false)
		}
		if f.double {
			l.from.push(t.Step+f.delay, frame[:n], false)
		}
		if held := l.from.held(); held != nil {
			l.from.push(t.Step+f.delay, held.bytes[:held.n], false)
		}
		if f.delay == 0 {
			return n, nil
		}
	}
}

// Close implements hil.Link.
func (l *link) Close() error { return l.inner.Close() }
