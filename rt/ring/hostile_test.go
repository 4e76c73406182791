package ring

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/shadow"
)

// hostile are the rings as a peer that writes what it likes meets them. Each
// function opens a ring over the region, made before, and returns the operations
// of both sides, or none when the ring is refused.
var hostile = map[string]struct {
	create func(region []byte)
	open   func(region []byte) []func(n int)
	size   int
}{
	"SPSC": {
		func(r []byte) { must(CreateSPSC[uint64](r, 20)) },
		openHostileSPSC[uint64], SPSCSize[uint64](20),
	},
	"SPSC of large messages": {
		func(r []byte) { must(CreateSPSC[message](r, 4)) },
		openHostileSPSC[message], SPSCSize[message](4),
	},
	"Stream": {
		func(r []byte) { must(CreateStream[uint16](r, 32)) },
		openHostileStream, StreamSize[uint16](32),
	},
	"MPMC": {
		func(r []byte) { must(CreateMPMC[message](r, 4)) },
		openHostileMPMC, MPMCSize[message](4),
	},
	"Broadcast": {
		func(r []byte) { must(CreateBroadcast[message](r, 4)) },
		openHostileBroadcast, BroadcastSize[message](4),
	},
	"Latest": {
		func(r []byte) { must(CreateLatest[message](r)) },
		openHostileLatest, LatestSize[message](),
	},
}

func openHostileSPSC[T any](region []byte) []func(n int) {
	q, err := AttachSPSC[T](region)
	if err != nil {
		return nil
	}
	p, err := q.Producer()
	if err != nil {
		return nil
	}
	c, err := q.Consumer()
	if err != nil {
		return nil
	}
	var v T
	return []func(int){
		func(int) { p.Push(v) },
		func(n int) { p.PushBatch(make([]T, n)) },
		func(int) {
			if room := p.Stage(); room != nil {
				*room = v
			}
			p.Publish()
		},
		func(int) { v, _ = c.Pop() },
		func(n int) { c.PopBatch(make([]T, n)) },
		func(int) {
			if m := c.Peek(); m != nil {
				v = *m
			}
			c.Release()
		},
		func(int) { q.Len(); p.Len(); c.Len() },
		func(int) { p.Close(); c.Close() },
	}
}

func openHostileStream(region []byte) []func(n int) {
	s, err := AttachStream[uint16](region)
	if err != nil {
		return nil
	}
	w, err := s.Writer()
	if err != nil {
		return nil
	}
	r, err := s.Reader()
	if err != nil {
		return nil
	}
	sum := uint16(0)
	return []func(int){
		func(n int) {
			first, second := w.Reserve(n)
			for _, part := range [][]uint16{first, second} {
				for i := range part {
					part[i] = sum
				}
			}
			w.Commit(len(first) + len(second))
		},
		func(n int) {
			first, second := r.Peek(n)
			for _, part := range [][]uint16{first, second} {
				for _, v := range part {
					sum += v
				}
			}
			r.Release(len(first))
		},
		func(n int) { w.Write(make([]uint16, n)) },
		func(n int) { r.Read(make([]uint16, n)) },
		func(int) { w.Close(); r.Close() },
	}
}

func openHostileMPMC(region []byte) []func(n int) {
	q, err := AttachMPMC[message](region)
	if err != nil {
		return nil
	}
	var v message
	return []func(int){
		func(int) { q.Push(v) },
		func(n int) { q.PushBatch(make([]message, n)) },
		func(int) { v, _ = q.Pop() },
		func(n int) { q.PopBatch(make([]message, n)) },
		func(int) { q.Len() },
		func(int) { q.Repair() },
		func(int) { q.Close() },
	}
}

func openHostileLatest(region []byte) []func(n int) {
	l, err := AttachLatest[message](region)
	if err != nil {
		return nil
	}
	w, err := l.Writer()
	if err != nil {
		return nil
	}
	r, err := l.Reader()
	if err != nil {
		return nil
	}
	var v message
	return []func(int){
		func(int) { w.Store(v) },
		func(int) { *w.Stage() = v; w.Publish() },
		func(int) { v, _ = r.Load() },
		func(int) { p, _ := r.View(); v = *p },
		func(int) { w.Close(); r.Close() },
	}
}

// FuzzHostile has a peer that writes to every word of the region while this side
// opens the ring and works on it. Nothing outside the region may change, and
// nothing may panic or go on without end.
func FuzzHostile(f *testing.F) { hostileDrivers.Fuzz(f, "hostile") }

func TestHostile(t *testing.T) { hostileDrivers.Soak(t, 100_000) }

var hostileDrivers = shadow.Drivers{"hostile": func(t *testing.T, s *shadow.Source) {
	for name, h := range hostile {
		again := *s
		t.Run(name, func(t *testing.T) { driveHostile(t, &again, h.size, h.create, h.open) })
	}
}}

func driveHostile(t *testing.T, s *shadow.Source, size int, create func([]byte), open func([]byte) []func(int)) {
	const guard = 4096 // more than any message, and a multiple of 64
	memory := make([]byte, guard+size+guard)
	for i := range memory {
		memory[i] = 0xa5
	}
	before, after := bytes.Clone(memory[:guard]), bytes.Clone(memory[guard+size:])
	region := memory[guard : guard+size : guard+size]
	create(region)
	ops := open(region)
	for {
		op, ok := s.Next()
		if !ok {
			return
		}
		switch n := s.Number(); {
		case op < 100:
			scribble(region, n, int(op), s.Number())
		case op < 104:
			ops = open(region)
		case op < 106:
			create(region)
			ops = open(region)
		case len(ops) > 0:
			ops[n%len(ops)](n % 70)
		}
		if s.Due() && (!bytes.Equal(memory[:guard], before) || !bytes.Equal(memory[guard+size:], after)) {
			t.Fatal("memory outside the region was written to")
		}
	}
}

// scribble changes a word of the region: to a small number, one near what it was,
// a power of two, or anything.
func scribble(region []byte, word, how, value int) {
	at := region[word%(len(region)/8)*8:]
	v := uint64(value)
	switch how % 6 {
	case 0:
		v %= 8
	case 1:
		v = binary.LittleEndian.Uint64(at) + v%130 - 65
	case 2:
		v = 1 << (v % 64)
	case 3:
		v = -v
	case 4:
		v *= 0x9e3779b97f4a7c15
	}
	binary.LittleEndian.PutUint64(at, v)
}

// TestHostileWords: words that a peer stored before this side claimed its own, one by
// one.
func TestHostileWords(t *testing.T) {
	region := make([]byte, LatestSize[message]())
	l := must(CreateLatest[message](region))
	atomics.Store(l.state(), latestBack) // of three buffers
	w := must(l.Writer())
	if w.back > 2 {
		t.Errorf("buffer %d", w.back)
	}
	for state := range uint64(8) {
		state = state>>1 | state<<63
		if m, f := latestMiddle(state), latestFront(state); m > 2 || f > 2 {
			t.Errorf("state %#x: buffers %d and %d", state, m, f)
		}
	}

	q := must(CreateSPSC[uint64](make([]byte, SPSCSize[uint64](14)), 14))
	first := q.taken()
	for _, word := range []uint64{first + 1, first + 3*8 + 4, first + 7*8 - 8 + 1} {
		atomics.Store(q.lines.word(first), word)
		p := must(q.Producer())
		if p.next != first {
			t.Errorf("word %#x: the producer starts at %#x", word, p.next)
		}
		p.Close()
	}
	type huge [1 << 36]byte
	if size := spscSize[huge](1 << 30); size != 0 {
		t.Errorf("%d bytes for 2⁶⁶", size)
	}
	for _, position := range []uint64{0, 1, 64, first + 4} {
		atomics.Store(q.lines.taken(), position)
		if got := q.taken(); !q.lines.valid(got) {
			t.Errorf("position %#x: %#x", position, got)
		}
	}
}

// TestLatestBuffers compares the buffers with what they stand for.
func TestLatestBuffers(t *testing.T) {
	for back := range uint64(3) {
		for turned := range uint64(2) {
			state := back | turned<<63
			if got, want := latestMiddle(state), (back+1+turned)%3; got != want {
				t.Errorf("middle of back %d, turned %d: %d, want %d", back, turned, got, want)
			}
			if got, want := latestFront(state), (back+2-turned)%3; got != want {
				t.Errorf("front of back %d, turned %d: %d, want %d", back, turned, got, want)
			}
			for _, fresh := range []uint64{0, latestFresh} {
				last := state | latestCount | fresh // the count wraps with the next
				want := latestMiddle(state) | latestFresh | ^state&latestTurned
				if got := afterPublish(last); got != want {
					t.Errorf("after state %#x: %#x, want %#x", last, got, want)
				}
			}
		}
	}
}

// TestPositionsOfAPeerCountAsWhatFits: whatever a peer stores as its position, no more
// messages are counted than the ring holds.
func TestPositionsOfAPeerCountAsWhatFits(t *testing.T) {
	q := must(CreateSPSC[uint64](make([]byte, SPSCSize[uint64](8)), 8))
	for _, position := range []uint64{0, 1, 63, 1 << 20, 1 << 40, ^uint64(0)} {
		for _, from := range []uint64{0, q.lines.first, 1 << 21, ^uint64(0)} {
			if n := q.lines.between(from, position); n > q.lines.capacity() {
				t.Errorf("from %d to %d there are %d messages in a ring of %d", from, position, n, q.lines.capacity())
			}
		}
	}
}

// TestLenOfMPMCWithin: the positions of a hostile member count as an empty queue, or a
// full one.
func TestLenOfMPMCWithin(t *testing.T) {
	q := newMPMC[int](4)
	for _, c := range []struct {
		enter, leave uint64
		want         int
	}{{0, 0, 0}, {3, 0, 3}, {4, 0, 4}, {100, 0, 4}, {0, 5, 0}, {1, ^uint64(0), 2}, {1 << 63, 0, 0}} {
		*q.enter, *q.leave = c.enter, c.leave
		if n := q.Len(); n != c.want {
			t.Errorf("from %d to %d: %d messages, want %d", c.leave, c.enter, n, c.want)
		}
	}
}
