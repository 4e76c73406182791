package ring

import (
	"fmt"
	"math"
	"reflect"
	"testing"
)

// queue is what SPSC, MPMC and, one element at a time, Stream have in common.
type queue struct {
	push  func(uint64) bool
	pop   func() (uint64, bool)
	check func(t *testing.T, n int)
	cap   int
}

// queues builds each kind over fresh memory, at a position.
var queues = map[string]func(capacity int, position uint64) queue{
	"SPSC": func(capacity int, position uint64) queue {
		q := must(CreateSPSC[uint64](make([]byte, SPSCSize[uint64](capacity)), capacity))
		q.startAt(position)
		p, c := must(q.Producer()), must(q.Consumer())
		return queue{p.Push, c.Pop, q.check, q.Cap()}
	},
	"MPMC": func(capacity int, position uint64) queue {
		q := newMPMC[uint64](capacity)
		q.startAt(position)
		return queue{q.Push, q.Pop, q.check, q.Cap()}
	},
	"SPSC in batches": func(capacity int, position uint64) queue {
		q := must(CreateSPSC[uint64](make([]byte, SPSCSize[uint64](capacity)), capacity))
		q.startAt(position)
		p, c := must(q.Producer()), must(q.Consumer())
		push := func(v uint64) bool { return p.PushBatch([]uint64{v}) == 1 }
		pop := func() (uint64, bool) {
			var one [1]uint64
			n := c.PopBatch(one[:])
			return one[0], n == 1
		}
		return queue{push, pop, q.check, q.Cap()}
	},
	"SPSC in place": func(capacity int, position uint64) queue {
		q := must(CreateSPSC[uint64](make([]byte, SPSCSize[uint64](capacity)), capacity))
		q.startAt(position)
		p, c := must(q.Producer()), must(q.Consumer())
		push := func(v uint64) bool {
			room := p.Stage()
			if room != nil {
				*room = v
			}
			return p.Publish()
		}
		pop := func() (v uint64, ok bool) {
			if oldest := c.Peek(); oldest != nil {
				v = *oldest
			}
			return v, c.Release()
		}
		return queue{push, pop, q.check, q.Cap()}
	},
	"Stream": func(capacity int, position uint64) queue {
		s := must(CreateStream[uint64](make([]byte, StreamSize[uint64](capacity)), capacity))
		s.startAt(position)
		w, r := must(s.Writer()), must(s.Reader())
		push := func(v uint64) bool { return w.Write([]uint64{v}) == 1 }
		pop := func() (uint64, bool) {
			var one [1]uint64
			n := r.Read(one[:])
			return one[0], n == 1
		}
		return queue{push, pop, s.check, s.Cap()}
	},
}

func TestQueueFillsAndDrains(t *testing.T) {
	for name, open := range queues {
		for _, capacity := range []int{1, 2, 3, 4, 100} {
			// The second start makes positions wrap, and with them 2p; the third
			// wraps 2p alone.
			for _, position := range []uint64{0, math.MaxUint64 - 2, math.MaxUint64/2 - 2} {
				t.Run(fmt.Sprintf("%s/%d/%d", name, capacity, position), func(t *testing.T) {
					fillAndDrain(t, open(capacity, position), capacity)
				})
			}
		}
	}
}

func fillAndDrain(t *testing.T, q queue, capacity int) {
	if q.cap < capacity {
		t.Fatalf("Cap %d for capacity %d", q.cap, capacity)
	}
	sent, received := uint64(1), uint64(1)
	for round := range 5 {
		if _, ok := q.pop(); ok {
			t.Fatal("pop from an empty queue")
		}
		n := 0
		for ; q.push(sent); sent++ {
			n++
			q.check(t, n)
		}
		if n != q.cap {
			t.Fatalf("round %d: %d elements fit, want %d", round, n, q.cap)
		}
		for range n - round%n { // leave some, so that rounds start anywhere
			v, ok := q.pop()
			if !ok || v != received {
				t.Fatalf("popped %d, %v; want %d", v, ok, received)
			}
			received++
			n--
			q.check(t, n)
		}
		for ; n > 0; n-- {
			q.pop()
			received++
		}
	}
}

func TestSPSCCapacity(t *testing.T) {
	for _, c := range []struct{ have, want int }{
		{must(CreateSPSC[uint64](make([]byte, 1<<16), 1)).Cap(), 7},
		{must(CreateSPSC[uint64](make([]byte, 1<<16), 7)).Cap(), 7},
		{must(CreateSPSC[uint64](make([]byte, 1<<16), 8)).Cap(), 14},
		{must(CreateSPSC[uint64](make([]byte, 1<<16), 1000)).Cap(), 1792},
		{must(CreateSPSC[byte](make([]byte, 1<<16), 100)).Cap(), 112},
		{must(CreateSPSC[uint32](make([]byte, 1<<16), 15)).Cap(), 28},
		{must(CreateSPSC[[2]uint64](make([]byte, 1<<16), 4)).Cap(), 6},
		{must(CreateSPSC[[3]uint64](make([]byte, 1<<16), 3)).Cap(), 4},
		{must(CreateSPSC[[3]byte](make([]byte, 1<<16), 3)).Cap(), 7},
		{must(CreateSPSC[[7]uint64](make([]byte, 1<<16), 3)).Cap(), 4},
		{must(CreateSPSC[[8]uint64](make([]byte, 1<<16), 3)).Cap(), 4},
		{must(CreateSPSC[[9]byte](make([]byte, 1<<16), 4)).Cap(), 6},
		{must(CreateSPSC[[17]byte](make([]byte, 1<<16), 3)).Cap(), 4},
		{must(CreateSPSC[struct{}](make([]byte, 1<<16), 2)).Cap(), 7},
	} {
		if c.have != c.want {
			t.Errorf("Cap %d, want %d", c.have, c.want)
		}
	}
}

func TestZeroSizeElements(t *testing.T) {
	type signal struct{}
	p, c := newSPSC[signal](2)
	sent := 0
	for p.Push(signal{}) {
		sent++
	}
	if sent != 7 {
		t.Errorf("SPSC of one line holds %d signals", sent)
	}
	if _, ok := c.Pop(); !ok {
		t.Error("no signal")
	}
	q := newMPMC[signal](1)
	if !q.Push(signal{}) || q.Push(signal{}) {
		t.Error("MPMC of capacity 1 does not hold one signal")
	}
	w, r := newStream[signal](4)
	if w.Write(make([]signal, 9)) != 4 || r.Read(make([]signal, 9)) != 4 {
		t.Error("Stream of capacity 4 does not hold four signals")
	}
}

func TestNothingAllocates(t *testing.T) {
	p, c := newSPSC[[4]uint64](8)
	w, r := newStream[float32](64)
	q := newMPMC[[4]uint64](8)
	lw, lr := newLatest[[16]float64]()
	block := make([]float32, 48)
	for name, op := range map[string]func(){
		"SPSC":   func() { p.Push([4]uint64{1}); c.Pop(); c.Pop(); _ = c.Err() },
		"Stream": func() { w.Write(block); r.Read(block) },
		"MPMC":   func() { q.Push([4]uint64{1}); q.Pop(); q.Pop() },
		"Latest": func() { lw.Store([16]float64{1}); lr.Load(); lr.View() },
	} {
		if n := testing.AllocsPerRun(100, op); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestSPSCLines: a line takes no more memory than the messages and the word need.
func TestSPSCLines(t *testing.T) {
	for size, got := range map[int][2]uint64{
		1: {spscLine[[1]byte](), 64}, 8: {spscLine[[8]byte](), 64}, 9: {spscLine[[9]byte](), 64}, 16: {spscLine[[16]byte](), 64},
		17: {spscLine[[17]byte](), 32}, 24: {spscLine[[24]byte](), 32}, 25: {spscLine[[25]byte](), 64}, 56: {spscLine[[56]byte](), 64},
		57: {spscLine[[57]byte](), 128}, 120: {spscLine[[120]byte](), 128}, 121: {spscLine[[121]byte](), 256},
	} {
		if got[0] != got[1] {
			t.Errorf("messages of %d bytes: lines of %d, want %d", size, got[0], got[1])
		}
	}
	for size, got := range map[int][2]uint64{
		8: {spscEach[[8]byte](), 7}, 9: {spscEach[[9]byte](), 3}, 16: {spscEach[[16]byte](), 3}, 17: {spscEach[[17]byte](), 1},
	} {
		if got[0] != got[1] {
			t.Errorf("messages of %d bytes: %d in a line, want %d", size, got[0], got[1])
		}
	}
}

// TestSPSCSizes: messages of every size come out as they went in, round after round.
func TestSPSCSizes(t *testing.T) {
	checkSize[[1]byte](t)
	checkSize[[4]byte](t)
	checkSize[[8]byte](t)
	checkSize[[9]byte](t)
	checkSize[[12]byte](t)
	checkSize[[16]byte](t)
	checkSize[[17]byte](t)
	checkSize[[24]byte](t)
	checkSize[[25]byte](t)
	checkSize[[56]byte](t)
	checkSize[[57]byte](t)
	checkSize[[64]byte](t)
	checkSize[[130]byte](t)
}

// checkSize fills and empties a ring of arrays of bytes.
func checkSize[T comparable](t *testing.T) {
	t.Helper()
	q := must(CreateSPSC[T](make([]byte, SPSCSize[T](20)), 20))
	p, c := must(q.Producer()), must(q.Consumer())
	message := func(n byte) (v T) {
		array := reflect.ValueOf(&v).Elem()
		for i := range array.Len() {
			array.Index(i).SetUint(uint64(n))
		}
		return v
	}
	for round := range byte(3) {
		for n := range byte(q.Cap()) {
			if !p.Push(message(round + n)) {
				t.Fatalf("%T: %d messages fill a ring of %d", message(0), n, q.Cap())
			}
		}
		for n := range byte(q.Cap()) {
			if v, ok := c.Pop(); !ok || v != message(round+n) {
				t.Fatalf("%T: message %d of round %d is %v, %v", v, n, round, v, ok)
			}
		}
	}
	// A message in a batch lies where one on its own does.
	batch := make([]T, q.Cap()-1)
	for round := range byte(9) {
		for n := range batch {
			p.Push(message(round + byte(n)))
		}
		if n := c.PopBatch(batch); n != len(batch) {
			t.Fatalf("%T: a batch of %d, want %d", message(0), n, len(batch))
		}
		for n := range batch {
			if batch[n] != message(round+byte(n)) {
				t.Fatalf("%T: message %d of a batch is %v", message(0), n, batch[n])
			}
			batch[n] = message(round + byte(n) + 100)
		}
		if n := p.PushBatch(batch); n != len(batch) {
			t.Fatalf("%T: %d of a batch appended, want %d", message(0), n, len(batch))
		}
		for n := range batch {
			if v, ok := c.Pop(); !ok || v != batch[n] {
				t.Fatalf("%T: message %d of a batch appended is %v, %v", v, n, v, ok)
			}
		}
	}
}
