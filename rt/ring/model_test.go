package ring

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/interleave"
)

// The models below follow Push, Pop, Publish and View step by step, with the
// plain and atomic stores of amd64, and with a payload of two words so that a
// torn value shows. The broken variants each undo one decision; that the search
// finds them shows that it would find the like.

// checkModel demands that the model passes, or fails when it is broken.
func checkModel(t *testing.T, m interleave.Model, broken bool) {
	t.Helper()
	r := interleave.Check(m)
	if broken && r.Err == nil {
		t.Errorf("broken variant passes: %v", r)
	}
	if !broken && r.Err != nil {
		t.Error(r)
	}
	if !testing.Short() || r.Err != nil {
		t.Logf("%d orders, %d states, %v", r.Orders, r.States, r.Err)
	}
}

// word addresses of a modelled slot
const (
	sequence  = iota
	payloadA  // both hold the message
	payloadB  //
	slotWords //
)

// publish stores message v and then the sequence number, unless early.
func publish(t *interleave.Thread, slot int, v, seq uint64, early bool) {
	if early {
		t.Store(slot+sequence, seq)
	}
	t.Store(slot+payloadA, v)
	t.Store(slot+payloadB, v)
	if !early {
		t.Store(slot+sequence, seq)
	}
}

// payload loads a message and asserts that it is whole.
func payload(t *interleave.Thread, slot int) uint64 {
	a, b := t.Load(slot+payloadA), t.Load(slot+payloadB)
	t.Assert(a == b, "torn message: %d, %d", a, b)
	return a
}

type spscFlaw int

const (
	spscSound spscFlaw = iota
	spscSequenceFirst
	spscReleaseBeforeCopy
	spscOverfull
)

// spscModel: a producer tries to push 1, 2, 3 and a consumer to pop three times.
func spscModel(capacity uint64, flaw spscFlaw) interleave.Model {
	const head = 0
	mask := capacity - 1
	slot := func(i uint64) int { return 1 + int(i&mask)*slotWords }
	producer := func(t *interleave.Thread) {
		next, cachedHead := uint64(0), uint64(0)
		room := mask
		if flaw == spscOverfull {
			room++
		}
		for v := uint64(1); v <= 3; v++ {
			if next-cachedHead > room {
				if cachedHead = t.Load(head); next-cachedHead > room {
					continue
				}
			}
			publish(t, slot(next), v, next+1, flaw == spscSequenceFirst)
			next++
			t.Log = append(t.Log, v)
		}
	}
	consumer := func(t *interleave.Thread) {
		next := uint64(0)
		for range 3 {
			if t.Load(slot(next)+sequence) != next+1 {
				continue
			}
			if flaw == spscReleaseBeforeCopy {
				t.Store(head, next+1)
			}
			t.Log = append(t.Log, payload(t, slot(next)))
			next++
			if flaw != spscReleaseBeforeCopy {
				t.Store(head, next)
			}
		}
	}
	return interleave.Model{
		Words:   1 + int(capacity)*slotWords,
		Threads: []func(*interleave.Thread){producer, consumer},
		Final: func(_ []uint64, logs [][]uint64) error {
			sent, received := logs[0], logs[1]
			if len(received) > len(sent) || !slices.Equal(received, sent[:len(received)]) {
				return fmt.Errorf("sent %v, received %v", sent, received)
			}
			return nil
		},
	}
}

func TestModelSPSC(t *testing.T) {
	for _, capacity := range []uint64{1, 2} {
		for flaw, name := range []string{"sound", "sequence first", "release before copy", "overfull"} {
			t.Run(fmt.Sprintf("%d/%s", capacity, name), func(t *testing.T) {
				checkModel(t, spscModel(capacity, spscFlaw(flaw)), spscFlaw(flaw) != spscSound)
			})
		}
	}
}

type latestFlaw int

const (
	latestSound latestFlaw = iota
	latestReadsMiddle
	latestReaderStores
)

// latestModel: a writer publishes 1 to 4, a reader reads three times.
func latestModel(flaw latestFlaw) interleave.Model {
	const state = 0
	buffer := func(i uint64) int { return 1 + int(i)*2 }
	writer := func(t *interleave.Thread) {
		back := uint64(0)
		for v := uint64(1); v <= 4; v++ {
			t.Store(buffer(back), v)
			t.Store(buffer(back)+1, v)
			for turn := 1; ; turn++ {
				t.Assert(turn <= 2, "publish takes a third turn")
				old := t.Load(state)
				next := afterPublish(old)
				if t.CompareAndSwap(state, old, next) {
					back = next & latestBack
					break
				}
			}
		}
	}
	reader := func(t *interleave.Thread) {
		last := uint64(0)
		for range 3 {
			s := t.Load(state)
			if s&latestFresh == 0 {
				continue
			}
			front := uint64(0)
			switch flaw {
			case latestSound:
				s = t.Add(state, latestFresh)
				front = latestFront(s)
			case latestReadsMiddle:
				front = latestMiddle(s)
			case latestReaderStores:
				s += latestFresh
				t.StoreAtomic(state, s)
				front = latestFront(s)
			}
			a, b := t.Load(buffer(front)), t.Load(buffer(front)+1)
			t.Assert(a == b, "torn value: %d, %d", a, b)
			t.Assert(a >= last, "value %d after %d", a, last)
			t.Assert(a == s&latestCount/latestOne, "value %d has sequence %d", a, s&latestCount/latestOne)
			last = a
		}
	}
	return interleave.Model{
		Words:   1 + 3*2,
		Threads: []func(*interleave.Thread){writer, reader},
		Final: func(memory []uint64, _ [][]uint64) error {
			newest := latestFront(memory[state])
			if memory[state]&latestFresh != 0 {
				newest = latestMiddle(memory[state])
			}
			if v := memory[buffer(newest)]; v != 4 {
				return fmt.Errorf("newest value is %d", v)
			}
			return nil
		},
	}
}

func TestModelLatest(t *testing.T) {
	for flaw, name := range []string{"sound", "reads middle", "reader stores"} {
		t.Run(name, func(t *testing.T) {
			checkModel(t, latestModel(latestFlaw(flaw)), latestFlaw(flaw) != latestSound)
		})
	}
}

type mpmcFlaw int

const (
	mpmcSound mpmcFlaw = iota
	mpmcSequenceFirst
	mpmcFreeBeforeCopy
	mpmcNoSwap
	mpmcOneStep // Vyukov's sequence numbers, ambiguous at capacity 1
)

// mpmcModel: producers try to push one message each and consumers to pop.
func mpmcModel(capacity uint64, producers, consumers, pops int, flaw mpmcFlaw) interleave.Model {
	const enter, leave = 0, 1
	mask := capacity - 1
	slot := func(i uint64) int { return 2 + int(i&mask)*slotWords }
	empty := func(p uint64) uint64 { return 2 * p }
	full := func(p uint64) uint64 { return 2*p + 1 }
	if flaw == mpmcOneStep {
		empty = func(p uint64) uint64 { return p }
		full = func(p uint64) uint64 { return p + 1 }
	}
	claim := func(t *interleave.Thread, counter int, p uint64) bool {
		if flaw == mpmcNoSwap {
			t.StoreAtomic(counter, p+1)
			return true
		}
		return t.CompareAndSwap(counter, p, p+1)
	}
	push := func(t *interleave.Thread, v uint64) bool {
		p := t.Load(enter)
		for {
			ahead := int64(t.Load(slot(p)+sequence) - empty(p))
			if ahead < 0 {
				return false
			}
			if ahead == 0 && claim(t, enter, p) {
				publish(t, slot(p), v, full(p), flaw == mpmcSequenceFirst)
				return true
			}
			p = t.Load(enter)
		}
	}
	pop := func(t *interleave.Thread) (uint64, bool) {
		p := t.Load(leave)
		for {
			ahead := int64(t.Load(slot(p)+sequence) - full(p))
			if ahead < 0 {
				return 0, false
			}
			if ahead == 0 && claim(t, leave, p) {
				if flaw == mpmcFreeBeforeCopy {
					t.Store(slot(p)+sequence, empty(p+capacity))
				}
				v := payload(t, slot(p))
				if flaw != mpmcFreeBeforeCopy {
					t.Store(slot(p)+sequence, empty(p+capacity))
				}
				return v, true
			}
			p = t.Load(leave)
		}
	}
	m := interleave.Model{
		Words: 2 + int(capacity)*slotWords,
		Init: func(memory []uint64) {
			for p := range capacity {
				memory[slot(p)+sequence] = empty(p)
			}
		},
		Final: func(_ []uint64, logs [][]uint64) error {
			sent := slices.Concat(logs[:producers]...)
			received := slices.Concat(logs[producers:]...)
			for i, v := range received {
				if !slices.Contains(sent, v) || slices.Contains(received[:i], v) {
					return fmt.Errorf("sent %v, received %v", sent, received)
				}
			}
			return nil
		},
	}
	for i := range producers {
		m.Threads = append(m.Threads, func(t *interleave.Thread) {
			if v := uint64(i + 1); push(t, v) {
				t.Log = append(t.Log, v)
			}
		})
	}
	for range consumers {
		m.Threads = append(m.Threads, func(t *interleave.Thread) {
			for range pops {
				if v, ok := pop(t); ok {
					t.Log = append(t.Log, v)
				}
			}
		})
	}
	return m
}

func TestModelMPMC(t *testing.T) {
	for _, c := range []struct {
		name                       string
		capacity                   uint64
		producers, consumers, pops int
		flaw                       mpmcFlaw
	}{
		{"sound/1 slot", 1, 2, 1, 2, mpmcSound},
		{"sound/2 slots", 2, 2, 1, 2, mpmcSound},
		{"sound/2 consumers", 2, 1, 2, 1, mpmcSound},
		{"sequence first", 2, 2, 1, 2, mpmcSequenceFirst},
		{"free before copy", 1, 2, 1, 2, mpmcFreeBeforeCopy},
		{"no swap", 2, 2, 1, 2, mpmcNoSwap},
		{"one step", 1, 2, 1, 2, mpmcOneStep},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkModel(t, mpmcModel(c.capacity, c.producers, c.consumers, c.pops, c.flaw), c.flaw != mpmcSound)
		})
	}
}

// TestModelSPSCRecovery: a producer stops after any number of steps of its second
// push; the next one, which goes on as Producer does, sends 3 after what is
// complete. (What a dead process had stored reaches memory.)
func TestModelSPSCRecovery(t *testing.T) {
	const head, mask = 0, 3
	slot := func(i uint64) int { return 1 + int(i&mask)*slotWords }
	for steps := range 4 {
		producers := func(t *interleave.Thread) {
			publish(t, slot(0), 1, 1, false)
			for i, store := range []func(){
				func() { t.Store(slot(1)+payloadA, 2) },
				func() { t.Store(slot(1)+payloadB, 2) },
				func() { t.Store(slot(1)+sequence, 2) },
			} {
				if i < steps {
					store()
				}
			}
			next := t.Load(head)
			for first := next; next-first <= mask && t.Load(slot(next)+sequence) == next+1; {
				next++
			}
			publish(t, slot(next), 3, next+1, false)
		}
		consumer := func(t *interleave.Thread) {
			next := uint64(0)
			for range 3 {
				if t.Load(slot(next)+sequence) != next+1 {
					continue
				}
				t.Log = append(t.Log, payload(t, slot(next)))
				next++
				t.Store(head, next)
			}
		}
		want := []uint64{1, 3}
		if steps == 3 {
			want = []uint64{1, 2, 3}
		}
		checkModel(t, interleave.Model{
			Words:   1 + (mask+1)*slotWords,
			Threads: []func(*interleave.Thread){producers, consumer},
			Final: func(_ []uint64, logs [][]uint64) error {
				if received := logs[1]; len(received) > len(want) || !slices.Equal(received, want[:len(received)]) {
					return fmt.Errorf("received %v, want %v", received, want)
				}
				return nil
			},
		}, false)
	}
}
