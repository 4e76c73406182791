package ring

import (
	"errors"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/shadow"
)

// drivers run a ring against its shadow model: a slice of what it must hold.
var drivers = shadow.Drivers{
	"SPSC": driveSPSC, "Stream": driveStream, "MPMC": driveMPMC, "Latest": driveLatest,
}

func FuzzSPSC(f *testing.F)   { drivers.Fuzz(f, "SPSC") }
func FuzzStream(f *testing.F) { drivers.Fuzz(f, "Stream") }
func FuzzMPMC(f *testing.F)   { drivers.Fuzz(f, "MPMC") }
func FuzzLatest(f *testing.F) { drivers.Fuzz(f, "Latest") }

func TestSoak(t *testing.T) { drivers.Soak(t, 20_000) }

// driveSPSC drives a ring whose messages share cache lines, and one whose do not.
func driveSPSC(t *testing.T, s *shadow.Source) {
	again := *s
	driveQueue(t, s, newMessage, 4)
	driveQueue(t, &again, func(id uint64) uint64 { return id }, 10)
}

// driveQueue pushes and pops in all ways, and lets the endpoints die and come back.
func driveQueue[T comparable](t *testing.T, s *shadow.Source, message func(id uint64) T, capacity int) {
	region := make([]byte, SPSCSize[T](capacity))
	q := must(CreateSPSC[T](region, capacity))
	p, c := must(q.Producer()), must(q.Consumer())
	var held []T
	id := uint64(0)
	next := func() T { id++; return message(id) }
	for {
		op, ok := s.Next()
		if !ok {
			break
		}
		switch {
		case op < 62:
			m := next()
			if ok := p.Push(m); ok != (len(held) < q.Cap()) {
				t.Fatalf("Push with %d of %d: %v", len(held), q.Cap(), ok)
			} else if ok {
				held = append(held, m)
			}
		case op < 92:
			batch := make([]T, op%23)
			for i := range batch {
				batch[i] = next()
			}
			n := p.PushBatch(batch)
			if want := min(len(batch), q.Cap()-len(held)); n != want {
				t.Fatalf("PushBatch of %d with %d of %d: %d", len(batch), len(held), q.Cap(), n)
			}
			held = append(held, batch[:n]...)
		case op < 122:
			room, m := p.Stage(), next()
			if (room != nil) != (len(held) < q.Cap()) {
				t.Fatalf("Stage with %d of %d: %p", len(held), q.Cap(), room)
			}
			if room != nil {
				*room = m
				held = append(held, m)
			}
			if p.Publish() != (room != nil) {
				t.Fatalf("Publish after Stage returned %p", room)
			}
		case op < 184:
			m, ok := c.Pop()
			if ok != (len(held) > 0) || ok && m != held[0] {
				t.Fatalf("popped %v, %v; want the first of %v", m, ok, held)
			} else if ok {
				held = held[1:]
			}
		case op < 216:
			batch := make([]T, op%23)
			n := c.PopBatch(batch)
			if want := min(len(batch), len(held)); n != want || !slices.Equal(batch[:n], held[:n]) {
				t.Fatalf("popped %v of %v", batch[:n], held)
			}
			held = held[n:]
		case op < 246:
			m := c.Peek()
			if (m != nil) != (len(held) > 0) || m != nil && *m != held[0] {
				t.Fatalf("Peek finds %v, want the first of %v", m, held)
			}
			if op%2 == 0 {
				if c.Release() != (m != nil) {
					t.Fatalf("Release after Peek returned %v", m)
				}
				held = held[min(1, len(held)):]
			}
		case op < 250: // a producer dies while it writes
			if len(held) < q.Cap() {
				*p.lines.at(p.next) = message(1 << 60)
			}
			c.AbandonPeer()
			p = must(must(AttachSPSC[T](region)).Producer())
		case op < 253:
			p.AbandonPeer()
			c = must(must(AttachSPSC[T](region)).Consumer())
		default:
			p.Close()
			if err := c.Err(); !errors.Is(err, ErrClosed) {
				t.Fatal(err)
			}
			p = must(q.Producer())
		}
		q.check(t, len(held))
		if p.Len() != len(held) || c.Len() != len(held) {
			t.Fatalf("Len %d and %d with %d", p.Len(), c.Len(), len(held))
		}
	}
}

func driveStream(t *testing.T, s *shadow.Source) {
	region := make([]byte, StreamSize[uint16](32))
	q := must(CreateStream[uint16](region, 32))
	w, r := must(q.Writer()), must(q.Reader())
	var held []uint16
	reserved, peeked := 0, 0
	next := uint16(0)
	fill := func(part []uint16) {
		for i := range part {
			part[i] = next
			next++
		}
	}
	for {
		op, ok := s.Next()
		if !ok {
			break
		}
		n := int(op) % 40
		switch op / 40 {
		case 0: // reserve, fill, commit a part
			first, second := w.Reserve(n)
			reserved = len(first) + len(second)
			if want := min(n, q.Cap()-len(held)); reserved != want || len(first) == 0 && len(second) > 0 {
				t.Fatalf("Reserve(%d) with %d held: %d and %d", n, len(held), len(first), len(second))
			}
			from := next
			fill(first)
			fill(second)
			part := reserved - reserved%3
			if err := w.Commit(part); err != nil {
				t.Fatal(err)
			}
			reserved -= part
			for i := range part {
				held = append(held, from+uint16(i))
			}
			next = from + uint16(part)
		case 1:
			if err := w.Commit(reserved + 1); !errors.Is(err, ErrRange) {
				t.Fatalf("commit beyond what was reserved: %v", err)
			}
		case 2: // peek, compare, release a part
			first, second := r.Peek(n)
			peeked = len(first) + len(second)
			if want := min(n, len(held)); peeked != want || len(first) == 0 && len(second) > 0 {
				t.Fatalf("Peek(%d) with %d held: %d and %d", n, len(held), len(first), len(second))
			}
			for i, v := range append(append([]uint16(nil), first...), second...) {
				if v != held[i] {
					t.Fatalf("element %d is %d, want %d", i, v, held[i])
				}
			}
			part := peeked - peeked%3
			if err := r.Release(part); err != nil {
				t.Fatal(err)
			}
			peeked -= part
			held = held[part:]
		case 3:
			if err := r.Release(peeked + 1); !errors.Is(err, ErrRange) {
				t.Fatalf("release beyond what was peeked: %v", err)
			}
		case 4: // whole blocks
			block := make([]uint16, n)
			fill(block)
			wrote := w.Write(block)
			if want := min(n, q.Cap()-len(held)); wrote != want {
				t.Fatalf("wrote %d, want %d", wrote, want)
			}
			held = append(held, block[:wrote]...)
			next -= uint16(n - wrote)
			reserved = 0
			n = r.Read(block)
			for i, v := range block[:n] {
				if v != held[i] {
					t.Fatalf("read %d, want %d", v, held[i])
				}
			}
			held = held[n:]
			peeked = 0
		case 6: // both sides die
			w.AbandonPeer()
			w.Close()
			again := must(AttachStream[uint16](region))
			w, r = must(again.Writer()), must(again.Reader())
			reserved, peeked = 0, 0
		}
		q.check(t, len(held))
	}
}

func driveMPMC(t *testing.T, s *shadow.Source) {
	for _, capacity := range []int{1, 4} {
		q := newMPMC[message](capacity)
		var held []message
		drive := *s
		for id := uint64(0); ; id++ {
			op, ok := drive.Next()
			if !ok {
				break
			}
			switch {
			case op < 40:
				batch := make([]message, op%7)
				for i := range batch {
					batch[i] = newMessage(id<<8 + uint64(i))
				}
				n := q.PushBatch(batch)
				if want := min(len(batch), q.Cap()-len(held)); n != want {
					t.Fatalf("PushBatch of %d with %d of %d: %d", len(batch), len(held), q.Cap(), n)
				}
				held = append(held, batch[:n]...)
			case op < 80:
				batch := make([]message, op%7)
				n := q.PopBatch(batch)
				if want := min(len(batch), len(held)); n != want || !slices.Equal(batch[:n], held[:n]) {
					t.Fatalf("popped %v of %v", batch[:n], held)
				}
				held = held[n:]
			case op < 160:
				m := newMessage(id)
				if ok := q.Push(m); ok != (len(held) < q.Cap()) {
					t.Fatalf("Push with %d of %d: %v", len(held), q.Cap(), ok)
				} else if ok {
					held = append(held, m)
				}
			case op < 250:
				m, ok := q.Pop()
				if ok != (len(held) > 0) || ok && m != held[0] {
					t.Fatalf("popped %v, %v; want the first of %v", m, ok, held)
				} else if ok {
					held = held[1:]
				}
			default:
				if lost, err := q.Repair(); lost != 0 || err != nil {
					t.Fatalf("repair of a sound queue: %d lost, %v", lost, err)
				}
			}
			q.check(t, len(held))
			if q.Len() != len(held) {
				t.Fatalf("Len %d with %d", q.Len(), len(held))
			}
		}
	}
}

// driveLatest stores, stages, loads and lets both sides die.
func driveLatest(t *testing.T, s *shadow.Source) {
	region := make([]byte, LatestSize[message]())
	l := must(CreateLatest[message](region))
	w, r := must(l.Writer()), must(l.Reader())
	stored, loaded := uint64(0), uint64(0)
	for {
		op, ok := s.Next()
		if !ok {
			break
		}
		switch {
		case op < 90:
			stored++
			w.Store(newMessage(stored))
		case op < 120:
			*w.Stage() = message{id: 1 << 60} // never published
		case op < 250:
			m, fresh := r.Load()
			if m.id != stored || m.id > 0 && !m.whole() || fresh != (stored > loaded) {
				t.Fatalf("loaded %v, %v after %d stores and %d loads", m, fresh, stored, loaded)
			}
			loaded = stored
		case op < 253:
			r.AbandonPeer()
			w = must(must(AttachLatest[message](region)).Writer())
		default:
			w.AbandonPeer()
			r = must(must(AttachLatest[message](region)).Reader())
		}
		l.check(t)
	}
}
