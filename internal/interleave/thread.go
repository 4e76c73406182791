package interleave

import (
	"fmt"
	"iter"
)

// Thread is one thread of a model. Its methods are the only way to touch shared
// memory; each is one step.
type Thread struct {
	// Log is the thread's own record for Model.Final: what it popped, say.
	Log []uint64

	execution *execution
	id        int
	next      func() (struct{}, bool)
	stop      func()
	yield     func(struct{}) bool
	pending   step
	buffer    []write  // plain stores that have not reached memory, oldest first
	seen      []uint64 // results of all steps since the last Forget
	forgotten uint64   // calls of Forget
	done      bool
	err       error
}

// step is what a thread is about to do.
type step struct {
	fence   bool // waits for an empty store buffer
	perform func()
}

type write struct {
	address int
	value   uint64
}

// stopped unwinds a thread whose run was abandoned, failed one whose assertion
// did not hold.
type (
	stopped struct{}
	failed  struct{ err error }
)

// run makes body a sequence that yields before each step.
func (t *Thread) run(body func(*Thread)) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		defer func() {
			switch r := recover().(type) {
			case nil, stopped:
			case failed:
				t.err = r.err
			default:
				panic(r)
			}
		}()
		t.yield = yield
		body(t)
	}
}

// advance runs the thread up to its next step, or to its end.
func (t *Thread) advance() {
	if _, more := t.next(); !more {
		t.done = true
	}
}

// step suspends the thread until the search chooses it.
func (t *Thread) step(fence bool, perform func() uint64) uint64 {
	var result uint64
	t.pending = step{fence, func() {
		result = perform()
		t.seen = append(t.seen, result)
	}}
	if !t.yield(struct{}{}) {
		panic(stopped{})
	}
	return result
}

// Load reads a word, atomically or not: aligned words are never torn.
func (t *Thread) Load(address int) uint64 {
	return t.step(false, func() uint64 {
		v := t.execution.memory[address]
		for _, w := range t.buffer {
			if w.address == address {
				v = w.value
			}
		}
		t.execution.log(t, "load memory[%d]: %d", uint64(address), v)
		return v
	})
}

// Store is a plain store: it reaches memory later, after the thread's earlier
// plain stores.
func (t *Thread) Store(address int, value uint64) {
	t.step(false, func() uint64 {
		t.buffer = append(t.buffer, write{address, value})
		t.execution.log(t, "store memory[%d] = %d", uint64(address), value)
		return 0
	})
}

// StoreAtomic is sequentially consistent, as Go's atomic stores are.
func (t *Thread) StoreAtomic(address int, value uint64) {
	t.step(true, func() uint64 {
		t.execution.memory[address] = value
		t.execution.log(t, "atomic store memory[%d] = %d", uint64(address), value)
		return 0
	})
}

// CompareAndSwap is atomic and a full barrier.
func (t *Thread) CompareAndSwap(address int, old, new uint64) bool {
	return t.step(true, func() uint64 {
		if t.execution.memory[address] != old {
			t.execution.log(t, "compare-and-swap memory[%d] from %d fails: %d", uint64(address), old, t.execution.memory[address])
			return 0
		}
		t.execution.memory[address] = new
		t.execution.log(t, "compare-and-swap memory[%d]: %d to %d", uint64(address), old, new)
		return 1
	}) == 1
}

// Add is atomic and a full barrier. It returns the new value.
func (t *Thread) Add(address int, delta uint64) uint64 {
	return t.step(true, func() uint64 {
		t.execution.memory[address] += delta
		t.execution.log(t, "add %d to memory[%d]: %d", delta, uint64(address), t.execution.memory[address])
		return t.execution.memory[address]
	})
}

// Forget says that what the thread does next depends on nothing that it saw up to
// here, as between two independent operations; what it logged still counts. It is
// no step; it lets the search recognise more states.
func (t *Thread) Forget() {
	t.forgotten++
	t.seen = t.seen[:0]
}

// Assert fails the run unless ok. It is no step; before the first one there is
// nothing to assert.
func (t *Thread) Assert(ok bool, format string, args ...any) {
	if !ok {
		panic(failed{fmt.Errorf("thread %d: "+format, append([]any{t.id}, args...)...)})
	}
}
