//go:build interleave || race

package interleave

import (
	"fmt"
	"iter"
	"slices"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Thread is one thread of a model.
type Thread struct {
	// Log is the thread's own record for Model.Final: what it popped, say.
	Log []uint64

	execution *execution
	id        int
	next      func() (struct{}, bool)
	stop      func()
	yield     func(struct{}) bool
	pending   atomics.Access   // the next step
	result    uint64           // of the last step
	buffer    []atomics.Access // release stores that have not reached memory, oldest first
	// value that the thread reads or writes since its last step, and which.
	value  uintptr
	writes bool
	held   []uint64
	seen   []uint64 // results of all steps since the last Forget
	steps  int
	limit  *int // steps at which StopAfter stops the thread
	done   bool
	err    error
	// forgotten counts the calls of Forget.
	forgotten uint64
}

// stopped unwinds a thread whose run was abandoned, failed one whose assertion
// did not hold, and cut a function whose steps are used up.
type (
	stopped struct{}
	failed  struct{ err error }
	cut     struct{} // by StopAfter
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
				t.err = fmt.Errorf("thread %d: panic: %v", t.id, r)
			}
		}()
		t.yield = yield
		body(t)
	}
}

// advance runs the thread up to its next step, or to its end.
func (t *Thread) advance() {
	atomics.Explorer = t.access
	_, more := t.next()
	atomics.Explorer = nil
	if !more {
		t.done = true
	}
}

// access suspends the thread until the search chooses it.
func (t *Thread) access(a atomics.Access) uint64 {
	if t.limit != nil && t.steps >= *t.limit {
		panic(cut{})
	}
	t.execution.search.index(a)
	t.pending = a
	if !t.yield(struct{}{}) {
		panic(stopped{})
	}
	return t.result
}

// perform makes the pending step.
func (t *Thread) perform() error {
	a, e := t.pending, t.execution
	at := uint64(e.search.index(a))
	t.value = 0
	switch a.Kind {
	case atomics.Loading:
		t.result = a.Perform()
		for _, w := range t.buffer {
			if w.At == a.At {
				t.result = w.Value
			}
		}
		e.log(t, "loads word %d: %d", at, t.result)
	case atomics.Releasing:
		t.buffer = append(t.buffer, a)
		t.result = 0
		e.log(t, "stores %d to word %d, in its buffer", a.Value, at)
	case atomics.Changing:
		before := a.Now()
		t.result = a.Perform()
		e.log(t, "changes word %d from %d to %d", at, before, a.Now())
	case atomics.Reading, atomics.Writing:
		t.value, t.writes, t.result = a.At, a.Kind == atomics.Writing, 0
		if t.writes {
			e.log(t, "writes value %d", at)
		} else {
			t.result = a.Now()
			e.log(t, "reads value %d: %d", at, t.result)
		}
		if other := e.conflict(t); other != nil {
			return fmt.Errorf("threads %d and %d access value %d at one time", t.id, other.id, at)
		}
	}
	t.seen = append(t.seen, t.result)
	t.steps++
	return nil
}

// conflict is a thread that accesses the value that t accesses.
func (e *execution) conflict(t *Thread) *Thread {
	for _, other := range e.threads {
		if other != t && other.value == t.value && (other.writes || t.writes) {
			return other
		}
	}
	return nil
}

// Forget says that what the thread does next depends on nothing that it saw up to
// here but private, as between two operations whose endpoint has that state; what
// it logged and holds still counts. It is no step; it lets the search recognise
// more states.
func (t *Thread) Forget(private ...uint64) {
	t.forgotten++
	t.seen = append(t.seen[:0], private...)
}

// Steps is how many steps the thread has made.
func (t *Thread) Steps() int { return t.steps }

// Hold says that what the number stands for is this thread's alone from here
// until its Drop; it fails the run when another thread holds it. It is no step.
func (t *Thread) Hold(number uint64) {
	for _, other := range t.execution.threads {
		t.Assert(!slices.Contains(other.held, number), "holds %d, and thread %d does", number, other.id)
	}
	t.held = append(t.held, number)
}

// Drop ends a Hold.
func (t *Thread) Drop(number uint64) {
	i := slices.Index(t.held, number)
	t.Assert(i >= 0, "drops %d, which it does not hold", number)
	t.held = slices.Delete(t.held, i, i+1)
}

// Assert fails the run unless ok. It is no step; before the first one there is
// nothing to assert.
func (t *Thread) Assert(ok bool, format string, args ...any) {
	if !ok {
		panic(failed{fmt.Errorf("thread %d: "+format, append([]any{t.id}, args...)...)})
	}
}

// StopAfter runs f until it has made so many steps, and stops it before the next:
// the thread goes on behind it, as another thread would after this one's death.
// It reports whether f was stopped.
func (t *Thread) StopAfter(steps int, f func()) (isStopped bool) {
	limit := t.steps + steps
	t.limit = &limit
	defer func() {
		t.limit = nil
		r := recover()
		if _, isStopped = r.(cut); r != nil && !isStopped {
			panic(r)
		}
	}()
	f()
	return false
}
