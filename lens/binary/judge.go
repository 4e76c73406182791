package binary

import (
	"fmt"
	"slices"

	"github.com/memkit-go/memkit/internal/machinecode"
)

// Judge finds the effects of a program's functions. Without options it takes every
// package outside of the standard library for first-party, trusts nothing, and leaves
// out paths that only panic. It remembers the effects of code that several functions
// call, so its fields stay as they are after the first use. It is for one goroutine at
// a time, and so is its Program.
type Judge struct {
	Program *Program
	// FirstParty reports whether a package's functions are the user's. Nil: all outside
	// of the standard library are.
	FirstParty func(pkg string) bool
	// Holds reports whether a function is known not to have effects of a code, because
	// it has a contract of its own that is checked, or is trusted. Nil: none is. The
	// function's name is without type arguments.
	Holds func(function, code string) bool
	// Resolve returns the functions that an indirect call can reach, as the linker
	// names them; none when that is not known. Nil: none is.
	Resolve func(caller string, call Call) []string
	// Panics includes the effects on paths that only panic.
	Panics bool
	// File returns the path of a source file, whose name the executable may have
	// shortened. Nil: as it is.
	File func(name string) string

	summaries map[request]*summary
}

// Effects lists what the function of that name does, directly and through what it
// calls, one effect of a code for each place in first-party code. Calls of functions
// with the option's Holds are not followed.
func (j *Judge) Effects(name string) ([]Effect, error) {
	s, ok := j.Program.binary.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoFunction, name)
	}
	var list []Effect
	type key struct {
		code, pos string
		variant   bool
	}
	seen := map[key]int{} // places in the list
	edges := &graph{}
	w := &walk{judge: j, seen: map[visit]codes{}}
	w.emit = func(e Effect, chain []place) {
		e = finish(e, chain)
		key := key{e.Code, e.Pos, e.Iterates || e.Brief}
		at, ok := seen[key]
		switch {
		case !ok:
			seen[key] = len(list)
			list = append(list, e)
		case list[at].Panics && !e.Panics:
			list[at] = e
		}
	}
	w.own = func(n *node) {
		edges.add(n)
		w.push(n)
	}
	w.foreign = func(n *node) {
		sum := j.summary(n.symbol, n.codes)
		for _, e := range sum.effects {
			e.Panics = e.Panics || n.panics
			w.emit(e.Effect, slices.Concat(n.chain(), e.chain))
		}
		for _, inner := range sum.callbacks {
			w.own(&node{
				symbol: inner.symbol, codes: inner.codes, parent: n.parent, steps: slices.Concat(n.steps, inner.chain()),
				panics: inner.panics || n.panics,
			})
		}
	}
	if s.Assembly {
		w.emit(Effect{Code: Assembly, What: "is written in assembly", Callee: s.Name}, j.places(s.Entry)[:1])
		return list, nil
	}
	w.push(&node{symbol: s, codes: allCodes})
	w.run()
	for _, n := range edges.cycles(s) {
		w.emit(Effect{Code: Recursion, What: "calls itself again", Callee: n.symbol.Name}, n.chain())
	}
	return list, nil
}

// firstParty reports whether a function is the user's.
func (j *Judge) firstParty(name, file string) bool {
	pkg := j.Program.writtenIn(name, file)
	if pkg == "" || j.FirstParty == nil {
		return pkg != "" && !standard(pkg)
	}
	return j.FirstParty(pkg)
}

// place is a step, and whether it is in first-party code.
type place struct {
	Step
	own bool
}

// places are the steps of a call, or of another instruction: the function itself, then
// the calls that are inlined in it.
func (j *Judge) places(pc uint64) []place {
	frames := j.Program.binary.Frames(pc)
	if len(frames) == 0 { // a damaged file has functions without instructions
		return []place{{}}
	}
	places := make([]place, len(frames))
	for i, f := range frames {
		file := f.File
		if j.File != nil {
			file = j.File(file)
		}
		places[len(frames)-1-i] = place{Step{Func: f.Func, Pos: position(file, f.Line)}, j.firstParty(f.Func, f.File)}
	}
	return places
}

// finish returns an effect with its chain, at the last place of it that is in
// first-party code.
func finish(e Effect, chain []place) Effect {
	e.Chain = make([]Step, len(chain))
	for i, p := range chain {
		e.Chain[i] = p.Step
		if p.own || i == 0 {
			e.Pos = p.Pos
		}
	}
	return e
}

// codes is a set of codes.
type codes uint32

var codeList = []string{Allocation, Blocking, Lock, Map, Recursion, Goroutine, Cgo, Panic, Unknown, Assembly, Defer, Reflection}

const (
	allCodes  = codes(1)<<12 - 1
	iteration = allCodes + 1 // of maps, apart from their growth
	brief     = iteration << 1
)

func (c codes) has(code string) bool { return c&(1<<slices.Index(codeList, code)) != 0 }

// without returns the codes that a function is not known to hold.
func (c codes) without(j *Judge, name string) codes {
	if j.Holds == nil {
		return c
	}
	base := WithoutTypeArguments(name)
	for i, code := range codeList {
		if c&(1<<i) != 0 && j.Holds(base, code) {
			c &^= 1 << i
		}
	}
	return c
}

// request is what a summary is of.
type request struct {
	symbol *machinecode.Symbol
	codes  codes
}

// found is an effect and the chain to it.
type found struct {
	Effect
	chain []place
}

// summary is what code of others does: one effect of each code, and the functions of
// the user's that it calls.
type summary struct {
	effects   []found
	callbacks []*node
}

func (j *Judge) summary(s *machinecode.Symbol, wanted codes) *summary {
	key := request{s, wanted}
	if sum, ok := j.summaries[key]; ok {
		return sum
	}
	sum := &summary{}
	if j.summaries == nil {
		j.summaries = map[request]*summary{}
	}
	j.summaries[key] = sum
	var seen codes
	called := map[*machinecode.Symbol]bool{}
	w := &walk{judge: j, seen: map[visit]codes{}}
	w.emit = func(e Effect, chain []place) {
		bit := codes(1) << slices.Index(codeList, e.Code)
		switch {
		case e.Iterates:
			bit = iteration
		case e.Brief:
			bit = brief
		}
		if seen&bit == 0 && e.Code != Panic {
			seen |= bit
			sum.effects = append(sum.effects, found{e, chain})
		}
	}
	w.own = func(n *node) {
		if !called[n.symbol] {
			called[n.symbol] = true
			sum.callbacks = append(sum.callbacks, n)
		}
	}
	w.foreign = w.push
	w.push(&node{symbol: s, codes: wanted})
	w.run()
	return sum
}
