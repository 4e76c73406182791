package ring

import (
	"runtime"
	"sync"
	"testing"
)

// message has several words, so that a torn one shows.
type message struct {
	id    uint64
	words [6]uint64
}

func newMessage(id uint64) message {
	m := message{id: id}
	for i := range m.words {
		m.words[i] = id * uint64(i+2)
	}
	return m
}

func (m message) whole() bool { return m == newMessage(m.id) }

// stressMessages is how many messages a stress test passes on.
func stressMessages() uint64 {
	if testing.Short() {
		return 5_000
	}
	return 200_000
}

// The rings of these tests lie in Go memory, so the race detector sees every
// access. They are small, so that both ends wait often.

func TestSPSCStress(t *testing.T) {
	for _, capacity := range []int{1, 8} {
		p, c := newSPSC[message](capacity)
		n := stressMessages()
		go func() {
			for id := uint64(1); id <= n; id++ {
				for !p.Push(newMessage(id)) {
					runtime.Gosched()
				}
			}
		}()
		for id := uint64(1); id <= n; {
			m, ok := c.Pop()
			if !ok {
				runtime.Gosched()
				continue
			}
			if m.id != id || !m.whole() {
				t.Fatalf("message %v, want %d", m, id)
			}
			id++
		}
		if _, ok := c.Pop(); ok {
			t.Error("more messages than were sent")
		}
	}
}

// TestSPSCBatchStress passes messages on in batches that cross lines.
func TestSPSCBatchStress(t *testing.T) {
	p, c := newSPSC[uint64](20)
	n := stressMessages()
	go func() {
		var batch [9]uint64
		for sent := uint64(0); sent < n; {
			for i := range batch {
				batch[i] = sent + uint64(i)
			}
			pushed := p.PushBatch(batch[:min(uint64(len(batch)), n-sent)])
			if pushed == 0 {
				runtime.Gosched()
			}
			sent += uint64(pushed)
		}
	}()
	var batch [5]uint64
	for want := uint64(0); want < n; {
		popped := c.PopBatch(batch[:])
		if popped == 0 {
			runtime.Gosched()
		}
		for _, v := range batch[:popped] {
			if v != want {
				t.Fatalf("message %d, want %d", v, want)
			}
			want++
		}
	}
}

func TestStreamStress(t *testing.T) {
	w, r := newStream[uint64](64)
	n := stressMessages()
	go func() {
		for next := uint64(0); next < n; {
			first, second := w.Reserve(int(next%41) + 1)
			for _, part := range [][]uint64{first, second} {
				for i := range part {
					part[i] = next
					next++
				}
			}
			if len(first) == 0 {
				runtime.Gosched()
			}
			w.Commit(len(first) + len(second))
		}
	}()
	for next := uint64(0); next < n; {
		first, second := r.Peek(int(next%29) + 1)
		for _, part := range [][]uint64{first, second} {
			for _, v := range part {
				if v != next {
					t.Fatalf("element %d, want %d", v, next)
				}
				next++
			}
		}
		if len(first) == 0 {
			runtime.Gosched()
		}
		r.Release(len(first) + len(second))
	}
}

func TestLatestStress(t *testing.T) {
	w, r := newLatest[message]()
	n := stressMessages()
	go func() {
		for id := uint64(1); id <= n; id++ {
			w.Store(newMessage(id))
			if id%64 == 0 {
				runtime.Gosched()
			}
		}
	}()
	for last := uint64(0); last < n; {
		m, fresh := r.Load()
		if !fresh {
			runtime.Gosched()
		}
		if !m.whole() || m.id < last || fresh != (m.id > last) || m.id != r.Sequence() {
			t.Fatalf("value %v, sequence %d, fresh %v, after %d", m, r.Sequence(), fresh, last)
		}
		last = m.id
	}
}

// TestMPMCStress sums what many goroutines pass to many.
func TestMPMCStress(t *testing.T) {
	const workers = 4
	for _, capacity := range []int{1, 16} {
		q := newMPMC[message](capacity)
		n := stressMessages() / workers * workers
		var wg sync.WaitGroup
		sums := make([]uint64, workers)
		for worker := range uint64(workers) {
			wg.Go(func() {
				for id := worker + 1; id <= n; id += workers {
					for !q.Push(newMessage(id)) {
						runtime.Gosched()
					}
				}
			})
			wg.Go(func() {
				latest := [workers]uint64{}
				for range n / workers {
					m, ok := q.Pop()
					for !ok {
						runtime.Gosched()
						m, ok = q.Pop()
					}
					from := &latest[m.id%workers]
					if !m.whole() || m.id <= *from {
						t.Errorf("message %v after %d of the same producer", m, *from)
						return
					}
					*from = m.id
					sums[worker] += m.id
				}
			})
		}
		wg.Wait()
		sum := uint64(0)
		for _, s := range sums {
			sum += s
		}
		if want := n * (n + 1) / 2; sum != want {
			t.Errorf("capacity %d: sum %d, want %d", capacity, sum, want)
		}
		q.check(t, 0)
	}
}
