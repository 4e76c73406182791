package ring

import (
	"sync/atomic"
	"testing"
)

// must unwraps the result of a constructor that a test relies on.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSPSC[T any](capacity int) (*Producer[T], *Consumer[T]) {
	q := must(CreateSPSC[T](make([]byte, SPSCSize[T](capacity)), capacity))
	return must(q.Producer()), must(q.Consumer())
}

func newStream[T any](capacity int) (*StreamWriter[T], *StreamReader[T]) {
	s := must(CreateStream[T](make([]byte, StreamSize[T](capacity)), capacity))
	return must(s.Writer()), must(s.Reader())
}

func newLatest[T any]() (*LatestWriter[T], *LatestReader[T]) {
	l := must(CreateLatest[T](make([]byte, LatestSize[T]())))
	return must(l.Writer()), must(l.Reader())
}

func newMPMC[T any](capacity int) *MPMC[T] {
	return must(CreateMPMC[T](make([]byte, MPMCSize[T](capacity)), capacity))
}

// startAt moves an empty ring to a position, as if so many messages had passed, or
// to the first one behind it that is a message's.
func (q *SPSC[T]) startAt(position uint64) {
	if !q.lines.valid(position) {
		position = position&^q.lines.line + q.lines.first
	}
	atomic.StoreUint64(q.lines.taken(), position)
	for p := uint64(0); p <= q.lines.mask; p += spscLine[T]() {
		atomic.StoreUint64(q.lines.word(p), position)
	}
}

func (s *Stream[T]) startAt(position uint64) {
	atomic.StoreUint64(s.committed(), position)
	atomic.StoreUint64(s.released(), position)
}

func (q *MPMC[T]) startAt(position uint64) {
	atomic.StoreUint64(q.enter, position)
	atomic.StoreUint64(q.leave, position)
	for p := position; p != position+q.slots.mask+1; p++ {
		q.slots.at(p).sequence = 2 * p
	}
}

// The check functions state the invariants of a ring at rest.

// check demands that the ring holds n messages, found by going from word to word
// and by halving.
func (q *SPSC[T]) check(t *testing.T, n int) {
	t.Helper()
	from := atomic.LoadUint64(q.lines.taken())
	if end := q.lines.complete(from, from+q.lines.round()); q.lines.between(from, end) != uint64(n) {
		t.Fatalf("messages from position %#x to %#x, want %d", from, end, n)
	}
	if q.Len() != n {
		t.Fatalf("Len %d, want %d", q.Len(), n)
	}
}

func (s *Stream[T]) check(t *testing.T, n int) {
	t.Helper()
	committed, released := atomic.LoadUint64(s.committed()), atomic.LoadUint64(s.released())
	if committed-released != uint64(n) || n > s.Cap() {
		t.Fatalf("%d committed, %d released, %d elements expected", committed, released, n)
	}
}

func (q *MPMC[T]) check(t *testing.T, n int) {
	t.Helper()
	enter, leave := atomic.LoadUint64(q.enter), atomic.LoadUint64(q.leave)
	if enter-leave != uint64(n) || n > q.Cap() {
		t.Fatalf("positions %d to %d, %d messages expected", leave, enter, n)
	}
	for p := leave; p != leave+q.slots.mask+1; p++ {
		want := 2 * p
		if p-leave < uint64(n) {
			want++
		}
		if got := q.slots.at(p).sequence; got != want {
			t.Fatalf("position %d: sequence %d, want %d", p, got, want)
		}
	}
}

func (l *Latest[T]) check(t *testing.T) {
	t.Helper()
	s := atomic.LoadUint64(l.state())
	back, middle, front := s&latestBack, latestMiddle(s), latestFront(s)
	if back > 2 || 1<<back|1<<middle|1<<front != 7 {
		t.Fatalf("state %#x: buffers %d, %d, %d", s, back, middle, front)
	}
}
