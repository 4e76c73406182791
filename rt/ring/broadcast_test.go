package ring

import (
	"errors"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/memkit-go/memkit/internal/shadow"
)

// startAt moves an empty ring to a position.
func (b *Broadcast[T]) startAt(position uint64) {
	*b.slots.published = position
	for p := range b.slots.mask + 1 {
		sequence, _ := b.slots.at(p)
		*sequence = 2*position + 1 // of no message that is complete
	}
}

func TestBroadcast(t *testing.T) {
	for _, position := range []uint64{0, math.MaxUint64 - 2, math.MaxUint64/2 - 2} {
		region := make([]byte, BroadcastSize[message](4))
		b := must(CreateBroadcast[message](region, 4))
		if position > 0 {
			b.startAt(position)
		}
		w := must(b.Writer())
		if _, err := b.Writer(); !errors.Is(err, ErrHeld) {
			t.Errorf("a second writer: %v", err)
		}
		first := b.Reader()
		if _, ok := first.Pop(); ok {
			t.Fatal("a message of an empty ring")
		}
		w.Push(newMessage(1))
		second := b.Reader() // receives from 2 on
		for id := uint64(2); id <= 4; id++ {
			w.Push(newMessage(id))
		}
		for id := uint64(1); id <= 4; id++ {
			if m, ok := first.Pop(); !ok || m != newMessage(id) {
				t.Fatalf("first reader: %v, %v, want %d", m, ok, id)
			}
		}
		if _, ok := first.Pop(); ok || first.Lost() != 0 {
			t.Errorf("first reader lost %d", first.Lost())
		}
		w.Push(newMessage(5))
		w.Push(newMessage(6)) // over 2
		// Lapped at 2: goes on with the newer half, 5 and 6.
		if m, ok := second.Pop(); !ok || m.id != 5 || second.Lost() != 3 {
			t.Errorf("second reader: %v, %v, lost %d", m, ok, second.Lost())
		}
		w.Close()
		if err := second.Err(); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if m, ok := second.Pop(); !ok || m.id != 6 {
			t.Errorf("after Close: %v, %v", m, ok)
		}
	}
}

// TestBroadcastWriterReplaced: a writer that died before or after the message was
// complete is replaced by one that goes on behind the last complete message.
func TestBroadcastWriterReplaced(t *testing.T) {
	for _, complete := range []bool{false, true} {
		region := make([]byte, BroadcastSize[uint64](4))
		b := must(CreateBroadcast[uint64](region, 4))
		r, w := b.Reader(), must(b.Writer())
		w.Push(1)
		sequence, message := w.slots.at(w.next)
		*sequence, message[0] = 2*w.next+1, 2
		want := []uint64{1, 3}
		if complete {
			*sequence++
			want = []uint64{1, 2, 3}
		}
		w.own.replaceState(w.own.word, Abandoned)
		if err := r.Err(); !errors.Is(err, ErrAbandoned) {
			t.Errorf("%v, want %v", err, ErrAbandoned)
		}
		must(must(AttachBroadcast[uint64](region)).Writer()).Push(3)
		for _, v := range want {
			if got, ok := r.Pop(); !ok || got != v {
				t.Errorf("complete %v: %d, %v; want %d", complete, got, ok, v)
			}
		}
		if r.Err() != nil {
			t.Error("no error once the writer is back")
		}
	}
}

func TestBroadcastStress(t *testing.T) {
	b := must(CreateBroadcast[message](make([]byte, BroadcastSize[message](16)), 16))
	w := must(b.Writer())
	n := stressMessages()
	var readers sync.WaitGroup
	for range 3 {
		r := b.Reader()
		readers.Go(func() {
			got := uint64(0)
			for last := uint64(0); last < n; {
				m, ok := r.Pop()
				if !ok {
					runtime.Gosched()
					continue
				}
				got++
				if !m.whole() || m.id <= last || m.id != got+r.Lost() {
					t.Errorf("message %v after %d, %d received, %d lost", m, last, got, r.Lost())
					return
				}
				last = m.id
			}
		})
	}
	for id := uint64(1); id <= n; id++ {
		w.Push(newMessage(id))
		if id%16 == 0 {
			runtime.Gosched()
		}
	}
	readers.Wait()
}

func FuzzBroadcast(f *testing.F) { broadcastDrivers.Fuzz(f, "Broadcast") }

func TestBroadcastSoak(t *testing.T) { broadcastDrivers.Soak(t, 20_000) }

var broadcastDrivers = shadow.Drivers{"Broadcast": func(t *testing.T, s *shadow.Source) {
	region := make([]byte, BroadcastSize[message](8))
	b := must(CreateBroadcast[message](region, 8))
	w := must(b.Writer())
	readers := []*BroadcastReader[message]{b.Reader(), b.Reader()}
	next := []uint64{0, 0}
	pushed := uint64(0)
	for {
		op, ok := s.Next()
		if !ok {
			return
		}
		switch {
		case op < 128:
			w.Push(newMessage(pushed))
			pushed++
		case op < 250:
			i := int(op) % 2
			lost := readers[i].Lost()
			if pushed-next[i] > 8 {
				lost += pushed - 4 - next[i]
				next[i] = pushed - 4
			}
			m, ok := readers[i].Pop()
			if ok != (next[i] < pushed) || ok && m != newMessage(next[i]) || readers[i].Lost() != lost {
				t.Fatalf("message %v, %v, lost %d; want %d of %d, lost %d", m, ok, readers[i].Lost(), next[i], pushed, lost)
			} else if ok {
				next[i]++
			}
		default:
			w.Close()
			w = must(must(AttachBroadcast[message](region)).Writer())
		}
	}
}}

func openHostileBroadcast(region []byte) []func(n int) {
	b, err := AttachBroadcast[message](region)
	if err != nil {
		return nil
	}
	w, err := b.Writer()
	if err != nil {
		return nil
	}
	r := b.Reader()
	var v message
	return []func(int){
		func(int) { w.Push(v) },
		func(int) { v, _ = r.Pop() },
		func(int) { w.Close() },
	}
}

// TestBroadcastWriterPublishes: a message that a dead writer had completed, and whose
// position it had not published yet, is published by the next writer at once.
func TestBroadcastWriterPublishes(t *testing.T) {
	b := must(CreateBroadcast[uint64](make([]byte, BroadcastSize[uint64](4)), 4))
	w := must(b.Writer())
	w.Push(1)
	w.Push(2)
	*b.slots.published = 1
	w.Close()
	next := must(b.Writer())
	if *b.slots.published != 2 || next.next != 2 {
		t.Errorf("the next writer begins at %d, and %d messages are published; want 2", next.next, *b.slots.published)
	}
	next.Push(3)
	if *b.slots.published != 3 {
		t.Errorf("%d messages are published, want 3", *b.slots.published)
	}
}
