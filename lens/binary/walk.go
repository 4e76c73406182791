package binary

import (
	"slices"
	"strings"

	"github.com/memkit-go/memkit/internal/machinecode"
)

// node is a function that is reached by a call.
type node struct {
	symbol *machinecode.Symbol
	codes  codes // that are looked for
	parent *node
	steps  []place // from the parent's function to the call
	panics bool    // nothing but a panic comes behind the call
}

// chain leads from the first function to the call of n's.
func (n *node) chain() []place {
	var parts [][]place
	for at := n; at != nil; at = at.parent {
		parts = append(parts, at.steps)
	}
	slices.Reverse(parts)
	return slices.Concat(parts...)
}

// visit is an examination of a function that is called, perhaps before a panic only.
type visit struct {
	symbol *machinecode.Symbol
	panics bool
}

// walk goes through the functions that a function calls, the nearest first.
type walk struct {
	judge *Judge
	queue []*node
	seen  map[visit]codes // looked for already
	// emit is told of effects, with the chain to the call.
	emit func(Effect, []place)
	// own and foreign are told of calls of first-party functions, and of others.
	own, foreign func(*node)
}

// push has the function of n examined later, unless it was.
func (w *walk) push(n *node) {
	seen := w.seen[visit{n.symbol, false}]
	if n.panics {
		seen |= w.seen[visit{n.symbol, true}]
	}
	if n.codes &^= seen; n.codes == 0 {
		return
	}
	w.seen[visit{n.symbol, n.panics}] |= n.codes
	w.queue = append(w.queue, n)
}

func (w *walk) run() {
	for len(w.queue) > 0 {
		n := w.queue[0]
		w.queue = w.queue[1:]
		w.function(n)
	}
}

func (w *walk) function(n *node) {
	j := w.judge
	f := j.Program.function(n.symbol)
	if f.unreadable != 0 {
		w.effect(n, n.codes, j.places(f.unreadable)[:1], Effect{
			Code: Assembly, What: "has instructions that cannot be followed", Callee: n.symbol.Name,
		})
	}
	for _, c := range f.calls {
		if c.panics && !j.Panics {
			if len(c.Targets) == 1 && panicking(c.Targets[0].Name) {
				w.effect(n, n.codes, j.places(c.PC), Effect{Code: Panic, What: "panics", Callee: c.Targets[0].Name, Panics: true})
			}
			continue
		}
		w.call(n, c)
	}
}

// effect emits one in the function of n, if it is looked for.
func (w *walk) effect(n *node, wanted codes, steps []place, e Effect) {
	if wanted.has(e.Code) {
		e.Panics = e.Panics || n.panics
		w.emit(e, slices.Concat(n.chain(), steps))
	}
}

// call examines a call in the function of n.
func (w *walk) call(n *node, c call) {
	j := w.judge
	if len(c.Targets) == 1 && obvious(c.Targets[0].Name) {
		return
	}
	steps := j.places(c.PC)
	wanted := n.codes
	for i, s := range steps[1:] { // the inlined ones
		wanted = wanted.without(j, s.Func)
		if class, ok := classify(s.Func); ok {
			w.classified(n, wanted, steps[:i+1], class, s.Func, c)
			return
		}
	}
	if wanted == 0 {
		return
	}
	targets := c.Targets
	if len(targets) == 0 && c.Kind != machinecode.Direct && j.Resolve != nil {
		targets = w.resolve(steps, c)
	}
	if len(targets) == 0 {
		e := Effect{Code: Unknown, What: "calls a function that is not known, through " + article(c.Kind), Panics: c.panics}
		if c.Kind == machinecode.Direct {
			e = Effect{Code: Assembly, What: "calls code that is not compiled from Go", Panics: c.panics}
		}
		w.effect(n, wanted, steps, e)
	}
	for _, t := range targets {
		w.enter(n, wanted, steps, t, c)
	}
}

// obvious tells the calls that are in most functions and mean nothing.
func obvious(name string) bool {
	return strings.HasPrefix(name, "runtime.morestack") || strings.HasPrefix(name, "runtime.gcWriteBarrier")
}

func article(k machinecode.CallKind) string {
	return map[machinecode.CallKind]string{
		machinecode.Closure: "a function value", machinecode.Interface: "an interface", machinecode.Pointer: "a pointer",
	}[k]
}

// classified emits the effect of a call whose meaning a rule says.
func (w *walk) classified(n *node, wanted codes, steps []place, class class, callee string, c call) {
	if class != harmless {
		w.effect(n, wanted, steps, Effect{Code: class.code, What: class.what, Callee: callee, Iterates: class.iterates, Brief: class.brief, Panics: c.panics})
	}
}

// resolve asks for the functions that an indirect call can reach.
func (w *walk) resolve(steps []place, c call) []*machinecode.Symbol {
	p := w.judge.Program
	described := p.call(c)
	for i, s := range steps {
		described.Steps[i] = s.Step
	}
	var targets []*machinecode.Symbol
	for _, name := range w.judge.Resolve(steps[len(steps)-1].Func, described) {
		if s, ok := p.binary.Lookup(name); ok {
			targets = append(targets, s)
			continue
		}
		// The linker keeps every function whose address is in the executable, so one
		// that is missing cannot be called by its address.
		for _, instance := range p.Instances(name) {
			if s, ok := p.binary.Lookup(instance); ok {
				targets = append(targets, s)
			}
		}
	}
	return targets
}

// enter examines a call of a function.
func (w *walk) enter(n *node, wanted codes, steps []place, target *machinecode.Symbol, c call) {
	j := w.judge
	if panicking(target.Name) {
		return
	}
	if class, ok := classify(target.Name); ok {
		w.classified(n, wanted, steps, class, target.Name, c)
		return
	}
	if wanted = wanted.without(j, target.Name); wanted == 0 {
		return
	}
	pkg := PackageOf(target.Name)
	if target.Assembly {
		if pkg != "" && !standard(pkg) {
			w.classified(n, wanted, steps, class{code: Assembly, what: "is written in assembly"}, target.Name, c)
		}
		return
	}
	next := &node{symbol: target, codes: wanted, parent: n, steps: steps, panics: n.panics || c.panics}
	if j.firstParty(target.Name, j.Program.binary.File(target)) {
		w.own(next)
	} else {
		w.foreign(next)
	}
}
