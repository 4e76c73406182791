//go:build interleave || race

package interleave

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
)

// start clears words and runs threads.
func start(words []uint64, threads ...func(*Thread)) func() []func(*Thread) {
	return func() []func(*Thread) {
		clear(words)
		return threads
	}
}

// storeBuffering is the classic litmus test of total store order: with release
// stores both threads may read 0.
func storeBuffering(store func(*uint64, uint64)) Model {
	words := make([]uint64, 2)
	body := func(mine, other int) func(*Thread) {
		return func(t *Thread) {
			store(&words[mine], 1)
			t.Log = append(t.Log, atomics.Load(&words[other]))
		}
	}
	return Model{
		Start: start(words, body(0, 1), body(1, 0)),
		Final: func(logs [][]uint64) error {
			if logs[0][0] == 0 && logs[1][0] == 0 {
				return errors.New("both read 0")
			}
			return nil
		},
	}
}

func TestStoreBuffering(t *testing.T) {
	if r := Check(storeBuffering(atomics.StoreRelease)); r.Err == nil {
		t.Error("release stores: the reordering that x86 allows was not found")
	}
	if r := Check(storeBuffering(atomics.Store)); r.Err != nil {
		t.Errorf("atomic stores: %v", r)
	}
}

// TestOwnStores: a thread sees what it stored, its newest store first.
func TestOwnStores(t *testing.T) {
	words := make([]uint64, 1)
	if r := Check(Model{Start: start(words, func(t *Thread) {
		atomics.StoreRelease(&words[0], 1)
		atomics.StoreRelease(&words[0], 2)
		t.Assert(atomics.Load(&words[0]) == 2, "an older value")
	})}); r.Err != nil {
		t.Error(r)
	}
}

// TestMessagePassing: release stores of one thread become visible in order.
func TestMessagePassing(t *testing.T) {
	words := make([]uint64, 2)
	passing := func(first, second int) Model {
		return Model{Start: start(words,
			func(*Thread) { atomics.StoreRelease(&words[first], 1); atomics.StoreRelease(&words[second], 1) },
			func(t *Thread) {
				if atomics.Load(&words[1]) == 1 {
					t.Assert(atomics.Load(&words[0]) == 1, "flag without data")
				}
			},
		)}
	}
	if r := Check(passing(0, 1)); r.Err != nil {
		t.Errorf("data before flag: %v", r)
	}
	if r := Check(passing(1, 0)); r.Err == nil {
		t.Error("flag before data: not found")
	}
}

// TestValues: a value that is no word is passed on with a flag, and no two
// threads access it at one time.
func TestValues(t *testing.T) {
	var value [3]uint64
	flag := make([]uint64, 1)
	write := func() { atomics.Writes(&value); value = [3]uint64{1, 2, 3} }
	read := func(t *Thread) { atomics.Reads(&value); t.Log = append(t.Log, value[0]) }
	model := func(writer, reader func(*Thread)) Model {
		return Model{Start: func() []func(*Thread) {
			value = [3]uint64{}
			return start(flag, writer, reader)()
		}}
	}
	guarded := func(t *Thread) {
		if atomics.Load(&flag[0]) == 1 {
			read(t)
			t.Assert(value == [3]uint64{1, 2, 3}, "value %v", value)
		}
	}
	if r := Check(model(func(*Thread) { write(); atomics.StoreRelease(&flag[0], 1) }, guarded)); r.Err != nil {
		t.Error(r)
	}
	for name, m := range map[string]Model{
		"flag first": model(func(*Thread) { atomics.StoreRelease(&flag[0], 1); write() }, guarded),
		"no flag":    model(func(*Thread) { write() }, read),
		"two writes": model(func(*Thread) { write() }, func(*Thread) { write() }),
	} {
		if r := Check(m); r.Err == nil {
			t.Errorf("%s: not found", name)
		}
	}
	if r := Check(model(read, read)); r.Err != nil {
		t.Errorf("two readers: %v", r)
	}
}

func TestLostUpdate(t *testing.T) {
	words := make([]uint64, 1)
	counter := func(increment func(*Thread)) Model {
		return Model{
			Start: start(words, increment, increment, increment),
			Final: func([][]uint64) error {
				if words[0] != 3 {
					return errors.New("an increment was lost")
				}
				return nil
			},
		}
	}
	if r := Check(counter(func(*Thread) { atomics.Store(&words[0], atomics.Load(&words[0])+1) })); r.Err == nil {
		t.Error("load and store: not found")
	} else if len(r.Trace) == 0 {
		t.Error("a failure without its trace")
	}
	if r := Check(counter(func(*Thread) { atomics.Add(&words[0], 1) })); r.Err != nil {
		t.Errorf("add: %v", r)
	}
	if r := Check(counter(func(*Thread) {
		for {
			if v := atomics.Load(&words[0]); atomics.CompareAndSwap(&words[0], v, v+1) {
				return
			}
		}
	})); r.Err != nil {
		t.Errorf("compare-and-swap: %v", r)
	}
}

// TestHold: of two threads that hold one thing one fails, unless a lock keeps
// them apart.
func TestHold(t *testing.T) {
	lock := make([]uint64, 1)
	hold := func(t *Thread) {
		t.Hold(7)
		atomics.Load(&lock[0])
		t.Drop(7)
	}
	locked := func(t *Thread) {
		if atomics.CompareAndSwap(&lock[0], 0, 1) {
			hold(t)
			atomics.StoreRelease(&lock[0], 0)
		}
	}
	if r := Check(Model{Start: start(lock, locked, locked)}); r.Err != nil {
		t.Error(r)
	}
	bare := func(t *Thread) { atomics.Load(&lock[0]); hold(t) }
	if r := Check(Model{Start: start(lock, bare, bare)}); r.Err == nil {
		t.Error("not found")
	}
}

// TestForget: what a thread says that it depends on is told apart, and nothing
// else.
func TestForget(t *testing.T) {
	words := make([]uint64, 1)
	states := func(forget func(t *Thread, v uint64)) int {
		r := Check(Model{Start: start(words,
			func(*Thread) { atomics.Store(&words[0], 1); atomics.Store(&words[0], 2) },
			func(t *Thread) {
				forget(t, atomics.Load(&words[0]))
				atomics.Load(&words[0])
			},
		)})
		if r.Err != nil {
			t.Error(r)
		}
		return r.States
	}
	all := states(func(t *Thread, v uint64) {})
	private := states(func(t *Thread, v uint64) { t.Forget(v) })
	nothing := states(func(t *Thread, _ uint64) { t.Forget() })
	if private != all || nothing >= private {
		t.Errorf("%d states, %d when the value counts, %d when nothing does", all, private, nothing)
	}
}

// TestEndlessLoop: a thread that waits for another without end is a failure.
func TestEndlessLoop(t *testing.T) {
	words := make([]uint64, 1)
	r := Check(Model{MaxSteps: 50, Start: start(words, func(*Thread) {
		for atomics.Load(&words[0]) == 0 {
		}
	})})
	if r.Err == nil {
		t.Error("not found")
	}
}

func TestPanic(t *testing.T) {
	words := make([]uint64, 1)
	r := Check(Model{Start: start(words, func(t *Thread) { t.Log[atomics.Load(&words[0])] = 1 })})
	if r.Err == nil || !strings.Contains(r.Err.Error(), "index out of range") {
		t.Errorf("%v, want the panic", r.Err)
	}
}

// TestMemoryIsRestored: a model whose Start leaves memory as it was is refused.
func TestMemoryIsRestored(t *testing.T) {
	words := make([]uint64, 1)
	once := func(*Thread) {
		if atomics.Load(&words[0]) == 0 {
			atomics.Add(&words[0], 1)
			atomics.Add(&words[0], 1)
		}
	}
	r := Check(Model{Start: func() []func(*Thread) { return []func(*Thread){once, once} }})
	if r.Err == nil || !strings.Contains(r.Err.Error(), "not deterministic") {
		t.Errorf("%v, want that the model is not deterministic", r.Err)
	}
}

func TestTooLarge(t *testing.T) {
	words := make([]uint64, 1)
	busy := func(*Thread) {
		for range 9 {
			atomics.Add(&words[0], 1)
		}
	}
	if r := Check(Model{MaxOrders: 10, Start: start(words, busy, busy)}); r.Err == nil {
		t.Error("a search that was cut short passed")
	}
}

// TestStopAfter: what a stopped function stored before becomes visible, the rest
// does not happen.
func TestStopAfter(t *testing.T) {
	words := make([]uint64, 3)
	for steps := range 4 {
		r := Check(Model{
			Start: start(words, func(t *Thread) {
				stopped := t.StopAfter(steps, func() {
					for i := range words {
						atomics.StoreRelease(&words[i], 1)
					}
				})
				t.Assert(stopped == (steps < 3), "stopped: %v", stopped)
				atomics.Load(&words[0])
			}),
			Final: func([][]uint64) error {
				if sum := int(words[0] + words[1] + words[2]); sum != steps {
					return fmt.Errorf("%d of %d stores", sum, steps)
				}
				return nil
			},
		})
		if r.Err != nil {
			t.Error(r)
		}
	}
}
