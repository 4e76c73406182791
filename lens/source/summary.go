package source

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/memkit-go/memkit/lens/report"
)

// Summary is what a function does when it is called: at most one effect of each
// kind, and the use it makes of its parameters. It is part of a package's fact.
type Summary struct {
	// Key of the function in its package: "Sleep", "Timer.Stop".
	Key     string
	Effects []Effect
	// Calls are the parameters that it calls, as bits.
	Calls uint64
	// Holds are the parameters whose memory does not outlive the call.
	Holds uint64
}

// Effect is one effect of a function, and how it comes about.
type Effect struct {
	Kind    uint8
	Message string
	// Place of the code, file:line:col.
	Place string
	// Chain of calls that leads there.
	Chain []report.Step
}

// maxChain bounds the chain that an effect keeps: the first steps, which are the
// ones that a reader can change.
const maxChain = 12

// summary computes what fn does, with everything it calls.
func (j *judge) summary(fn *ssa.Function) *Summary {
	if s, ok := j.summaries[fn]; ok {
		return s
	}
	t := &tarjan{judge: j, index: map[*ssa.Function]int{}, low: map[*ssa.Function]int{}, on: map[*ssa.Function]bool{}}
	t.visit(fn)
	return j.summaries[fn]
}

// tarjan finds the groups of functions that call each other, callees first, and
// computes their summaries.
type tarjan struct {
	*judge
	index, low map[*ssa.Function]int
	on         map[*ssa.Function]bool
	stack      []*ssa.Function
	next       int
}

func (t *tarjan) visit(fn *ssa.Function) {
	t.next++
	t.index[fn], t.low[fn] = t.next, t.next
	t.stack = append(t.stack, fn)
	t.on[fn] = true
	for _, e := range t.edges(fn) {
		if !t.follows(e) {
			continue
		}
		if t.summaries[e.fn] != nil {
			continue
		}
		if t.index[e.fn] == 0 {
			t.visit(e.fn)
			t.low[fn] = min(t.low[fn], t.low[e.fn])
		} else if t.on[e.fn] {
			t.low[fn] = min(t.low[fn], t.index[e.fn])
		}
	}
	if t.low[fn] != t.index[fn] {
		return
	}
	var group []*ssa.Function
	for {
		top := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.on[top] = false
		group = append(group, top)
		if top == fn {
			break
		}
	}
	t.combine(group)
}

// follows reports whether a summary looks into the function of e.
func (j *judge) follows(e edge) bool {
	if e.call.cold || e.fn == nil || len(e.fn.Blocks) == 0 || isCgo(e.fn.Name()) {
		return false
	}
	if _, ok := j.library.lookup(e.object); ok {
		return false
	}
	p := j.promiseOfFunction(e.fn)
	return p == nil || !p.Cold && p.Keeps != everyKind
}

// combine computes the summaries of functions that call each other.
func (t *tarjan) combine(group []*ssa.Function) {
	inside := map[*ssa.Function]bool{}
	for _, fn := range group {
		inside[fn] = true
		t.summaries[fn] = &Summary{}
	}
	for _, fn := range group {
		s := t.summaries[fn]
		for _, e := range t.body(fn).effects {
			if e.kind == panicPath || e.reason != "" {
				continue
			}
			if t.exempts(fn, e.pos, e.kind) == nil {
				s.add(Effect{Kind: uint8(e.kind), Message: e.message, Place: t.place(e.pos)})
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, fn := range group {
			s := t.summaries[fn]
			for _, e := range t.edges(fn) {
				if e.call.cold || e.graph && t.exempts(fn, e.call.pos, dynamic) != nil {
					continue
				}
				if inside[e.fn] && t.follows(e) {
					if t.exempts(fn, e.call.pos, recursion) == nil {
						changed = s.add(Effect{Kind: uint8(recursion), Message: nameOf(fn) + " calls itself", Place: t.place(e.call.pos)}) || changed
					}
				}
				for _, effect := range t.effects(e) {
					if t.exempts(fn, e.call.pos, kind(effect.Kind)) == nil {
						changed = s.add(t.prefixed(e, effect)) || changed
					}
				}
			}
		}
	}
}

// prefixed is an effect as the caller sees it.
func (j *judge) prefixed(e edge, effect Effect) Effect {
	if e.fn != nil && isWrapper(e.fn) && len(effect.Chain) > 0 {
		effect.Chain = slices.Clone(effect.Chain)
		effect.Chain[0].Pos = j.place(e.call.pos) // the wrapper's call is this one
		return effect
	}
	step := report.Step{Func: e.name(), Pos: j.place(e.call.pos)}
	chain := append([]report.Step{step}, effect.Chain...)
	effect.Chain = chain[:min(len(chain), maxChain)]
	return effect
}

// add keeps the first effect of each kind. It reports whether the effect is new.
func (s *Summary) add(e Effect) bool {
	for _, old := range s.Effects {
		if old.Kind == e.Kind {
			return false
		}
	}
	s.Effects = append(s.Effects, e)
	return true
}

// effects lists what a call of e does, contracts taken into account.
func (j *judge) effects(e edge) []Effect {
	if e.call.cold {
		return nil
	}
	here := func(k kind, message string) []Effect {
		return []Effect{{Kind: uint8(k), Message: message, Place: j.place(e.call.pos)}}
	}
	switch {
	case e.param != nil:
		return nil // for the callers
	case e.opaque:
		return here(assembly, e.fault)
	case e.fault != "":
		return here(dynamic, e.fault)
	case e.promised != nil:
		return j.shortfall(e, e.promised.Keeps)
	}
	if entry, ok := j.library.lookup(e.object); ok {
		var list []Effect
		for _, k := range entry.effects {
			list = append(list, Effect{Kind: uint8(k), Message: nameOfObject(e.object) + " " + verbs[k], Place: j.place(e.call.pos)})
		}
		return list
	}
	if e.object != nil && strings.HasPrefix(e.object.Name(), "_cgoCheck") {
		return nil // a check of the arguments
	}
	if e.object != nil && isCgo(e.object.Name()) {
		return here(cgo, "the call of "+e.name()+" enters C")
	}
	var keeps kindSet
	var p *promise
	if e.fn != nil {
		p = j.promiseOfFunction(e.fn)
	}
	if p == nil && e.object != nil {
		p = j.promiseOf(e.object)
	}
	if p != nil {
		if p.Cold {
			return nil
		}
		keeps = p.Keeps
		if keeps == everyKind {
			return nil
		}
	}
	if e.fn != nil && len(e.fn.Blocks) > 0 {
		return without(j.summary(e.fn).Effects, keeps)
	}
	if e.object == nil {
		return without(here(dynamic, "a function without source is called"), keeps)
	}
	if s := j.imported(e.object); s != nil {
		return without(s.Effects, keeps)
	}
	return without(here(assembly, nameOfObject(e.object)+" has no body in Go: the analyser cannot look into it"), keeps)
}

// shortfall is what a call through a type promises too little.
func (j *judge) shortfall(e edge, keeps kindSet) []Effect {
	if keeps == everyKind {
		return nil
	}
	var list []Effect
	for _, missing := range []struct {
		kinds kindSet
		kind  kind
		text  string
	}{{nonBlocking, blocking, "nonblocking"}, {nonAllocating, allocation, "nonallocating"}} {
		if keeps&missing.kinds != missing.kinds {
			list = append(list, Effect{Kind: uint8(missing.kind), Place: j.place(e.call.pos),
				Message: "the call of " + e.name() + " goes through a type that is not " + missing.text})
		}
	}
	return list
}

func without(effects []Effect, keeps kindSet) []Effect {
	if keeps == 0 {
		return effects
	}
	var list []Effect
	for _, e := range effects {
		if !keeps.has(kind(e.Kind)) {
			list = append(list, e)
		}
	}
	return list
}

// verbs say what a function of the library does.
var verbs = [kinds]string{
	allocation: "allocates", blocking: "blocks", lock: "takes a lock", loop: "loops without a bound",
	mapGrowth: "grows a map", mapIteration: "iterates over a map", recursion: "calls itself",
	goroutine: "starts a goroutine", cgo: "enters C", dynamic: "calls what the analyser cannot follow",
	assembly: "is opaque assembly", reflection: "reflects", deferral: "defers in a loop", panicPath: "panics",
	mismatch: "breaks a contract", briefLock: "takes a lock for some instructions",
}
