package tlsf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/interleave"
)

// The model has the queue's tail, then its slots, in memory; head is the
// owner's own. Values are as in remoteQueue: a lap in the high half, a block
// in the low one. With laps=false the model is the queue without its laps,
// whose slots are just empty or full.
const modelSlots = 2

func modelPut(t *interleave.Thread, b uint64, laps bool) bool {
	for {
		tail := t.Load(0)
		lap := tail / modelSlots
		if !laps {
			lap = 0
		}
		slot := 1 + int(tail%modelSlots)
		v := t.Load(slot)
		switch {
		case v == lap<<32:
			if t.CompareAndSwap(slot, v, v|b) {
				t.CompareAndSwap(0, tail, tail+1)
				return true
			}
		case laps && v>>32 >= lap:
			t.CompareAndSwap(0, tail, tail+1)
		case t.Load(0) == tail:
			return false
		}
	}
}

func modelTake(t *interleave.Thread, head *uint64, laps bool) uint64 {
	slot := 1 + int(*head%modelSlots)
	v := t.Load(slot)
	b := v & 0xffffffff
	if b == 0 {
		return 0
	}
	next := (*head/modelSlots + 1) << 32
	if !laps {
		next = 0
	}
	t.StoreAtomic(slot, next)
	*head++
	return b
}

// queueModel has producers that put what each is given and log what succeeded,
// and an owner that tries some takes while they do.
func queueModel(laps bool, takes int, producers ...[]uint64) interleave.Model {
	m := interleave.Model{Words: 1 + modelSlots, MaxOrders: 20_000_000}
	for _, values := range producers {
		m.Threads = append(m.Threads, func(t *interleave.Thread) {
			for _, b := range values {
				if modelPut(t, b, laps) {
					t.Log = append(t.Log, b)
				}
				t.Forget()
			}
		})
	}
	m.Threads = append(m.Threads, func(t *interleave.Thread) {
		head := uint64(0)
		for range takes {
			if b := modelTake(t, &head, laps); b != 0 {
				t.Log = append(t.Log, b)
			}
		}
	})
	m.Final = func(memory []uint64, logs [][]uint64) error {
		return checkQueue(memory, logs[:len(producers)], logs[len(producers)])
	}
	return m
}

// checkQueue wants every block that was put either taken, or found by going on
// taking from where the owner stands; each once, and each producer's in order.
func checkQueue(memory []uint64, put [][]uint64, taken []uint64) error {
	head := uint64(len(taken))
	got := append([]uint64(nil), taken...)
	for range modelSlots {
		b := memory[1+head%modelSlots] & 0xffffffff
		if b == 0 {
			break
		}
		got = append(got, b)
		head++
	}
	n := 0
	for _, values := range put {
		n += len(values)
		i := 0
		for _, b := range got {
			if i < len(values) && b == values[i] {
				i++
			}
		}
		if i < len(values) {
			return fmt.Errorf("put %v, but the owner finds %v", put, got)
		}
	}
	if n != len(got) {
		return fmt.Errorf("put %v, but the owner finds %v", put, got)
	}
	return nil
}

func TestQueueModel(t *testing.T) {
	models := []interleave.Model{queueModel(true, 2, []uint64{1, 2}, []uint64{3})}
	if !testing.Short() {
		models = []interleave.Model{
			queueModel(true, 3, []uint64{1, 2}, []uint64{3, 4}),
			queueModel(true, 3, []uint64{1, 2, 3}, []uint64{5}),
			queueModel(true, 1, []uint64{1}, []uint64{2}, []uint64{3}),
		}
	}
	for _, m := range models {
		r := interleave.Check(m)
		if r.Err != nil {
			t.Error(r)
		}
		t.Log(r.Orders, "orders,", r.States, "states")
	}
}

// TestQueueModelCanFail: without laps, a put that sleeps while others go once
// around fills a slot out of turn, and its block is lost to the owner.
func TestQueueModelCanFail(t *testing.T) {
	r := interleave.Check(queueModel(false, 3, []uint64{1, 2, 3}, []uint64{5}))
	if r.Err == nil || !strings.Contains(r.Err.Error(), "the owner finds") {
		t.Errorf("the queue without laps passed: %v", r)
	}
}

// TestQueue checks the real queue against the model's semantics, one thread.
func TestQueue(t *testing.T) {
	var q remoteQueue
	q.init(4)
	next, want := uint32(1), uint32(1)
	for round := range 1000 {
		for range round % 6 {
			if ok, room := q.push(next), next-want < 4; ok != room {
				t.Fatalf("put %d with %d waiting: %v", next, next-want, ok)
			} else if ok {
				next++
			}
		}
		for range round % 5 {
			b := q.pop()
			if want == next && b != 0 || want != next && b != want {
				t.Fatalf("took %d, want %d of %d", b, want, next)
			}
			if b != 0 {
				want++
			}
		}
	}
}

// TestQueueHelps: a thread that was preempted between filling its slot and
// moving the tail keeps nobody from putting, not even when the owner has taken
// its block by then.
func TestQueueHelps(t *testing.T) {
	for _, taken := range []bool{false, true} {
		var q remoteQueue
		q.init(2)
		q.slots[0].Store(7) // filled, and the tail still at 0
		if taken && q.pop() != 7 {
			t.Fatal("the owner does not see a block before the tail moves")
		}
		if !q.push(8) {
			t.Fatalf("taken %v: a put behind one that was preempted failed", taken)
		}
		if !taken && q.push(9) {
			t.Error("a third block fitted into two slots")
		}
		if !taken && q.pop() != 7 || q.pop() != 8 || q.pop() != 0 {
			t.Errorf("taken %v: blocks came out of order", taken)
		}
	}
}
