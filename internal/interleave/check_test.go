package interleave

import (
	"errors"
	"testing"
)

// storeBuffering is the classic litmus test of total store order: with plain
// stores both threads may read 0.
func storeBuffering(store func(*Thread, int, uint64)) Model {
	body := func(mine, other int) func(*Thread) {
		return func(t *Thread) {
			store(t, mine, 1)
			t.Log = append(t.Log, t.Load(other))
		}
	}
	return Model{
		Words:   2,
		Threads: []func(*Thread){body(0, 1), body(1, 0)},
		Final: func(_ []uint64, logs [][]uint64) error {
			if logs[0][0] == 0 && logs[1][0] == 0 {
				return errors.New("both read 0")
			}
			return nil
		},
	}
}

func TestStoreBuffering(t *testing.T) {
	if r := Check(storeBuffering((*Thread).Store)); r.Err == nil {
		t.Error("plain stores: the reordering that x86 allows was not found")
	}
	if r := Check(storeBuffering((*Thread).StoreAtomic)); r.Err != nil {
		t.Errorf("atomic stores: %v", r)
	}
}

// TestMessagePassing: plain stores of one thread become visible in order.
func TestMessagePassing(t *testing.T) {
	passing := func(first, second int) Model {
		return Model{
			Words: 2,
			Threads: []func(*Thread){
				func(t *Thread) { t.Store(first, 1); t.Store(second, 1) },
				func(t *Thread) {
					if t.Load(1) == 1 {
						t.Assert(t.Load(0) == 1, "flag without data")
					}
				},
			},
		}
	}
	if r := Check(passing(0, 1)); r.Err != nil {
		t.Errorf("data before flag: %v", r)
	}
	if r := Check(passing(1, 0)); r.Err == nil {
		t.Error("flag before data: not found")
	}
}

func TestLostUpdate(t *testing.T) {
	counter := func(increment func(*Thread)) Model {
		return Model{
			Words:   1,
			Threads: []func(*Thread){increment, increment, increment},
			Final: func(memory []uint64, _ [][]uint64) error {
				if memory[0] != 3 {
					return errors.New("an increment was lost")
				}
				return nil
			},
		}
	}
	if r := Check(counter(func(t *Thread) { t.StoreAtomic(0, t.Load(0)+1) })); r.Err == nil {
		t.Error("load and store: not found")
	} else if len(r.Trace) == 0 {
		t.Error("a failure without its trace")
	}
	if r := Check(counter(func(t *Thread) { t.Add(0, 1) })); r.Err != nil {
		t.Errorf("add: %v", r)
	}
	if r := Check(counter(func(t *Thread) {
		for {
			if v := t.Load(0); t.CompareAndSwap(0, v, v+1) {
				return
			}
		}
	})); r.Err != nil {
		t.Errorf("compare-and-swap: %v", r)
	}
}

// TestEndlessLoop: a thread that waits for another for ever is a failure.
func TestEndlessLoop(t *testing.T) {
	r := Check(Model{Words: 1, MaxSteps: 50, Threads: []func(*Thread){
		func(t *Thread) {
			for t.Load(0) == 0 {
			}
		},
	}})
	if r.Err == nil {
		t.Error("not found")
	}
}

func TestTooLarge(t *testing.T) {
	busy := func(t *Thread) {
		for range 9 {
			t.Add(0, 1)
		}
	}
	if r := Check(Model{Words: 1, MaxOrders: 10, Threads: []func(*Thread){busy, busy}}); r.Err == nil {
		t.Error("a search that was cut short passed")
	}
}
