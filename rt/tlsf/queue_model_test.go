//go:build interleave || race

package tlsf

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/interleave"
)

// The model below runs the queue in every order of its accesses to shared memory.
// That it fails when one decision is undone, the laps first, is shown by the
// mutants in testdata/mutants.txt.

// queueModel has producers that push what each is given and log what succeeded,
// and an owner that tries some pops while they do, over a heap's queue of two slots.
func queueModel(pops int, producers ...[]uint32) interleave.Model {
	h, err := New(region(1<<14), Config{RemoteQueue: 2})
	if err != nil {
		panic(err)
	}
	q := &h.remote
	pop := func() uint32 {
		b := q.pop()
		if b != 0 {
			q.unmark(b)
		}
		return b
	}
	var threads []func(*interleave.Thread)
	for _, values := range producers {
		threads = append(threads, func(t *interleave.Thread) {
			for _, b := range values {
				if h.FreeRemote(payload(h.base, b)) == nil {
					t.Log = append(t.Log, uint64(b))
				}
				t.Forget()
			}
		})
	}
	threads = append(threads, func(t *interleave.Thread) {
		for range pops {
			if b := pop(); b != 0 {
				t.Log = append(t.Log, uint64(b))
			}
			t.Forget(q.head)
		}
	})
	return interleave.Model{
		MaxOrders: 20_000_000,
		Start: func() []func(*interleave.Thread) {
			q.empty()
			q.reach(h.span) // no block is on its way
			return threads
		},
		Final: func(logs [][]uint64) error {
			return everyBlock(logs[:len(producers)], logs[len(producers)], pop)
		},
	}
}

// everyBlock wants every block that was pushed either popped, or found by going on
// popping; each once, and each producer's in order.
func everyBlock(pushed [][]uint64, popped []uint64, pop func() uint32) error {
	got := slices.Clone(popped)
	for b := pop(); b != 0; b = pop() {
		got = append(got, uint64(b))
	}
	n := 0
	for _, values := range pushed {
		n += len(values)
		i := 0
		for _, b := range got {
			if i < len(values) && b == values[i] {
				i++
			}
		}
		if i < len(values) {
			return fmt.Errorf("pushed %v, but the owner finds %v", pushed, got)
		}
	}
	if n != len(got) {
		return fmt.Errorf("pushed %v, but the owner finds %v", pushed, got)
	}
	return nil
}

func TestModelQueue(t *testing.T) {
	models := []interleave.Model{queueModel(2, []uint32{1, 3}, []uint32{5})}
	if !testing.Short() {
		models = append(models,
			// A push that sleeps while others go once around.
			queueModel(3, []uint32{1, 3, 5}, []uint32{7}),
			queueModel(3, []uint32{1, 3}, []uint32{5, 7}),
			queueModel(1, []uint32{1}, []uint32{3}, []uint32{5}),
		)
	}
	for _, m := range models {
		r := interleave.Check(m)
		if r.Err != nil {
			t.Error(r)
		}
		t.Log(r.Orders, "orders,", r.States, "states")
	}
}
