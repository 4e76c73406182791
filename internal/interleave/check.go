//go:build interleave || race

package interleave

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Model is what Check explores.
type Model struct {
	// Start brings the shared memory, which has the same addresses every time, into
	// its first state, and returns the threads. They run concurrently, and must be
	// deterministic.
	Start func() []func(*Thread)
	// Final, when set, judges the threads' logs, and memory, after all threads
	// ended; an error is a failure of that order.
	Final func(logs [][]uint64) error
	// MaxSteps bounds the steps of one order, all threads together, and catches
	// loops that do not end; 0 means 200.
	MaxSteps int
	// MaxOrders bounds the search, so that a model that is too large fails; 0
	// means 2,000,000.
	MaxOrders int
}

// Result is what a search found.
type Result struct {
	// Orders that were run to their end or to a state seen before, and the
	// distinct states met.
	Orders, States int
	// Err is the first failure, nil when every order passed.
	Err error
	// Trace is the failed order, a step a line.
	Trace []string
}

func (r Result) String() string {
	if r.Err == nil {
		return fmt.Sprintf("%d orders, %d states, all pass", r.Orders, r.States)
	}
	return fmt.Sprintf("%v, after:\n\t%s", r.Err, strings.Join(r.Trace, "\n\t"))
}

// Check runs the model in every order until one fails.
func Check(m Model) Result {
	if m.MaxSteps == 0 {
		m.MaxSteps = 200
	}
	if m.MaxOrders == 0 {
		m.MaxOrders = 2_000_000
	}
	s := search{model: &m, seen: map[string]bool{}}
	return s.run()
}

// search holds the orders still to be run, as the choices that lead to them.
type search struct {
	model *Model
	seen  map[string]bool
	todo  [][]choice
	// words are the words and values that a thread accessed in any order so far,
	// by address: the shared memory, as far as it matters.
	words []word
}

type word struct {
	at  uintptr
	now func() uint64
}

// choice is one thing that can happen next: a thread makes its step, or the
// oldest store in its buffer reaches memory.
type choice struct {
	thread int
	flush  bool
}

func (s *search) run() (r Result) {
	s.todo = [][]choice{nil}
	for len(s.todo) > 0 && r.Err == nil {
		if r.Orders == s.model.MaxOrders {
			r.Err = fmt.Errorf("gave up after %d orders: make the model smaller", r.Orders)
			break
		}
		last := len(s.todo) - 1
		path := s.todo[last]
		s.todo = s.todo[:last]
		if path, r.Err = s.explore(path); r.Err != nil {
			r.Trace = s.trace(path)
		}
		r.Orders++
	}
	r.States = len(s.seen)
	return r
}

// explore replays path and goes on from there with the first possible choice
// each time, leaving the other choices for later. It returns the whole path.
func (s *search) explore(path []choice) ([]choice, error) {
	e := newExecution(s)
	defer e.stop()
	for _, c := range path {
		if err := e.do(c); err != nil {
			return path, err
		}
	}
	for {
		choices := e.choices()
		if len(choices) == 0 {
			return path, e.final()
		}
		if len(path) >= s.model.MaxSteps {
			return path, fmt.Errorf("no end after %d steps", len(path))
		}
		key := e.key()
		if s.seen[key] {
			return path, nil
		}
		s.seen[key] = true
		for _, c := range choices[1:] {
			s.todo = append(s.todo, append(path[:len(path):len(path)], c))
		}
		path = append(path[:len(path):len(path)], choices[0])
		if err := e.do(choices[0]); err != nil {
			return path, err
		}
	}
}

// trace replays path once more and writes down its steps.
func (s *search) trace(path []choice) []string {
	e := newExecution(s)
	defer e.stop()
	e.tracing = true
	for _, c := range path {
		e.do(c)
	}
	return e.trace
}

// index returns the number of the word that a is at, which is a small one for
// traces. A word met for the first time becomes part of the state; what it held
// until then was the same in every order.
func (s *search) index(a atomics.Access) int {
	i, found := slices.BinarySearchFunc(s.words, a.At, func(w word, at uintptr) int { return cmp.Compare(w.at, at) })
	if !found {
		s.words = slices.Insert(s.words, i, word{a.At, a.Now})
	}
	return i
}
