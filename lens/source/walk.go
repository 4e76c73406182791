package source

import (
	"cmp"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/memkit-go/memkit/lens/report"
)

// found is a finding with what the report does not say.
type found struct {
	report.Finding
	kind kind
	pos  token.Pos
	// exemption that allows it; nil for none.
	exemption *exemption
	// edits of its fix.
	fix *fix
	// path of functions from the one with the contract to the one with the code.
	path []*ssa.Function
}

// fix is a change of the source.
type fix struct {
	message string
	edits   []edit
}

// edit replaces the text between two positions.
type edit struct {
	pos, end token.Pos
	text     string
}

// walker follows calls from the functions with contracts.
type walker struct {
	*judge
	root   *ssa.Function
	name   string
	seen   map[visit]bool
	placed map[placed]bool
	// dispatches are calls of methods that the call graph resolves.
	dispatches map[ssa.CallInstruction]bool

	reach map[*ssa.Function]kindSet
	// cold are the cold functions that code with a contract calls.
	cold map[types.Object]bool
	out  []found
	// path of functions that are being followed.
	path []*ssa.Function
	// promised are the contracts by package and key; see Holds.
	promised map[string]*promise
}

// visit is a function, and the kinds that are looked for in it.
type visit struct {
	fn    *ssa.Function
	kinds kindSet
}

// placed is a line with a finding: further ones of the same code there say nothing
// new.
type placed struct {
	line
	code    string
	allowed bool
}

func newWalker(j *judge) *walker {
	return &walker{
		judge: j, seen: map[visit]bool{}, placed: map[placed]bool{}, dispatches: map[ssa.CallInstruction]bool{},
		reach: map[*ssa.Function]kindSet{}, cold: map[types.Object]bool{},
	}
}

// walk checks a function that has a contract.
func (w *walker) walk(fn *ssa.Function, p *promise) {
	w.root, w.name = fn, nameOf(fn)
	if p.Trust != "" {
		w.trusted(fn, p)
		return
	}
	if len(fn.Blocks) == 0 {
		if isCgo(fn.Name()) {
			return
		}
		w.emit(assembly, fn, fn.Pos(), w.name+" has no body in Go, so its contract cannot be checked; state the reason with //rt:trust", nil)
		return
	}
	w.function(fn, p.Keeps, nil)
}

// trusted lists what a trusted function does as allowed.
func (w *walker) trusted(fn *ssa.Function, p *promise) {
	if len(fn.Blocks) == 0 {
		w.emit(assembly, fn, fn.Pos(), w.name+" has no body in Go", nil)
		return
	}
	for _, e := range w.edges(fn) {
		for _, effect := range w.effects(e) {
			if k := kind(effect.Kind); p.Keeps.has(k) && k != panicPath {
				w.allowed(k, e.call.pos, w.prefixed(e, effect), p.exemptions)
			}
		}
	}
	for _, e := range w.body(fn).effects {
		if p.Keeps.has(e.kind) && e.kind != panicPath {
			w.allowed(e.kind, e.pos, Effect{Message: e.message}, p.exemptions)
		}
	}
}

func (w *walker) allowed(k kind, pos token.Pos, e Effect, exemptions []*exemption) {
	for _, x := range exemptions {
		if x.covers.has(k) {
			x.used = true
			w.add(found{kind: k, pos: pos, exemption: x, Finding: report.Finding{Message: e.Message, Chain: e.Chain, Reason: x.reason}})
			return
		}
	}
}

// function looks for kinds in fn and in what it calls.
func (w *walker) function(fn *ssa.Function, kinds kindSet, chain []report.Step) {
	if w.seen[visit{fn, kinds}] {
		return
	}
	w.seen[visit{fn, kinds}] = true
	w.path = append(w.path, fn)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	w.reach[fn] |= kinds
	for _, e := range w.body(fn).effects {
		if !kinds.has(e.kind) {
			continue
		}
		if e.reason != "" {
			w.add(found{kind: e.kind, pos: e.pos, exemption: &exemption{}, Finding: report.Finding{Message: e.message, Chain: chain, Reason: e.reason}})
			continue
		}
		w.emit(e.kind, fn, e.pos, e.message, chain)
	}
	for _, e := range w.edges(fn) {
		w.call(fn, e, kinds, chain)
	}
}

// call looks for kinds behind one call.
func (w *walker) call(fn *ssa.Function, e edge, kinds kindSet, chain []report.Step) {
	if e.call.cold {
		return
	}
	if e.param != nil {
		parent := e.param.Parent()
		if w.roots[parent] == nil && w.promiseOfFunction(parent) == nil && slices.Contains(w.path, parent) {
			return // the callers pass it
		}
		// Whoever calls a function with a contract may pass anything, as may whoever calls
		// the function around a literal that has one.
		for _, g := range w.fromCallers(e) {
			w.call(fn, g, kinds, chain)
		}
		return
	}
	if p := w.coldPromise(e); p != nil {
		w.cold[w.coldObject(e)] = true
		w.add(found{kind: mismatch, pos: e.call.pos, exemption: &exemption{}, Finding: report.Finding{
			Message: e.name() + " is off the real-time path (//rt:cold)", Chain: chain, Reason: "cold"}})
		return
	}
	if e.graph {
		if x := w.exempts(fn, e.call.pos, dynamic); x != nil {
			x.used = true
			w.add(found{kind: dynamic, pos: e.call.pos, exemption: x, Finding: report.Finding{
				Message: "the functions behind a dynamic call are not looked into", Chain: chain, Reason: x.reason}})
			return
		}
		if e.call.site.Common().IsInvoke() {
			w.dispatches[e.call.site] = true
		}
	}
	for _, x := range w.exemptionsOf(fn, e.call.pos) {
		if covered := kinds & x.covers; covered != 0 {
			for _, effect := range w.effects(e) {
				if covered.has(kind(effect.Kind)) {
					x.used = true
					w.add(found{kind: kind(effect.Kind), pos: e.call.pos, exemption: x,
						Finding: report.Finding{Message: effect.Message, Chain: slices.Concat(chain, effect.Chain), Reason: x.reason}})
				}
			}
			kinds &^= x.covers
		}
	}
	if w.follows(e) && w.own(e.fn) {
		if p := w.promiseOfFunction(e.fn); p != nil {
			kinds &^= p.Keeps
		}
		if kinds&^hints == 0 {
			return
		}
		next := chain
		if !isWrapper(e.fn) {
			next = append(slices.Clip(chain), report.Step{Func: e.name(), Pos: w.place(e.call.pos)})
		}
		w.function(e.fn, kinds, next)
		return
	}
	w.edge(fn, e, kinds, chain)
}

// coldPromise is the contract of the callee when it is cold.
func (w *walker) coldPromise(e edge) *promise {
	var p *promise
	if e.fn != nil {
		p = w.promiseOfFunction(e.fn)
	} else if e.object != nil {
		p = w.promiseOf(e.object)
	}
	if p == nil || !p.Cold {
		return nil
	}
	return p
}

func (w *walker) coldObject(e edge) types.Object {
	if e.fn != nil {
		return objectOf(e.fn)
	}
	return e.object
}

// edge makes findings of a call that leaves the code under check: one for each code of
// the effects behind it.
func (w *walker) edge(fn *ssa.Function, e edge, kinds kindSet, chain []report.Step) {
	effects := w.effects(e)
	steps := slices.Clone(chain)
	if e.fault == "" && e.name() != "a function value" {
		steps = append(steps, report.Step{Func: e.name(), Pos: w.place(e.call.pos)})
	}
	var done []string
	for _, k := range w.order(e) {
		if !kinds.has(k) || k == panicPath || slices.Contains(done, codeOf[k]) {
			continue
		}
		i := slices.IndexFunc(effects, func(x Effect) bool { return kind(x.Kind) == k })
		if i < 0 {
			continue
		}
		done = append(done, codeOf[k])
		message := effects[i].Message
		if len(effects[i].Chain) > 0 {
			message = e.name() + " " + verbs[k] + ": " + message + " (" + effects[i].Place + ")"
		}
		w.emitSteps(k, fn, e.call.pos, message, slices.Concat(steps, effects[i].Chain))
	}
}

// order is the one in which the kinds of an edge are looked for: a contract file
// names the most telling effect of a function first.
func (w *walker) order(e edge) []kind {
	list := gravity[:]
	if entry, ok := w.library.lookup(e.object); ok && e.fault == "" && e.promised == nil && len(entry.effects) > 0 {
		list = slices.Concat(entry.effects, list)
	}
	return list
}

// emit adds a finding, or an allowed one.
func (w *walker) emit(k kind, fn *ssa.Function, pos token.Pos, message string, chain []report.Step) {
	w.emitSteps(k, fn, pos, message, chain)
}

func (w *walker) emitSteps(k kind, fn *ssa.Function, pos token.Pos, message string, chain []report.Step) {
	f := found{kind: k, pos: pos, Finding: report.Finding{Message: message, Chain: chain}}
	if x := w.exempts(fn, pos, k); x != nil {
		x.used = true
		f.exemption, f.Reason = x, x.reason
	}
	w.add(f)
}

// add completes a finding. Of several with one code on a line the first stays.
func (w *walker) add(f found) {
	p := w.fset.PositionFor(f.pos, false)
	key := placed{line{p.Filename, p.Line}, codeOf[f.kind], f.exemption != nil}
	if f.kind != panicPath && w.placed[key] {
		return
	}
	if f.kind == panicPath {
		key.number = int(f.pos) // each panic is a hint of its own
		if w.placed[key] {
			return
		}
	}
	w.placed[key] = true
	f.Code = codeOf[f.kind]
	f.Pos = w.place(f.pos)
	if f.Func == "" {
		f.Func = w.name
	}
	f.Evidence = []string{report.Source}
	f.path = slices.Clone(w.path)
	w.out = append(w.out, f)
}

// exempts is the directive that exempts fn, or a line of it, from a kind; nil for
// none.
func (j *judge) exempts(fn *ssa.Function, pos token.Pos, k kind) *exemption {
	for _, x := range j.exemptionsOf(fn, pos) {
		if x.covers.has(k) {
			return x
		}
	}
	return nil
}

// exemptionsOf lists the directives that hold at a place in fn.
func (j *judge) exemptionsOf(fn *ssa.Function, pos token.Pos) (list []*exemption) {
	if notes := j.annotations.at(pos); notes != nil {
		list = append(list, notes.exemptions...)
	}
	for ; fn != nil; fn = fn.Parent() {
		if p := j.promiseOfFunction(fn); p != nil {
			list = append(list, p.exemptions...)
		}
	}
	return list
}

// recursions reports each group of functions that call each other and that a
// function with a contract reaches.
func (w *walker) recursions(roots []*ssa.Function) {
	index, low := map[*ssa.Function]int{}, map[*ssa.Function]int{}
	on := map[*ssa.Function]bool{}
	var stack []*ssa.Function
	next := 0
	var visit func(fn *ssa.Function)
	visit = func(fn *ssa.Function) {
		next++
		index[fn], low[fn] = next, next
		stack = append(stack, fn)
		on[fn] = true
		for _, e := range w.edges(fn) {
			if !w.recurs(fn, e) {
				continue
			}
			if index[e.fn] == 0 {
				visit(e.fn)
				low[fn] = min(low[fn], low[e.fn])
			} else if on[e.fn] {
				low[fn] = min(low[fn], index[e.fn])
			}
		}
		if low[fn] != index[fn] {
			return
		}
		var group []*ssa.Function
		for {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			on[top] = false
			group = append(group, top)
			if top == fn {
				break
			}
		}
		w.recursion(group)
	}
	for _, fn := range roots {
		if index[fn] == 0 {
			visit(fn)
		}
	}
}

// recurs reports whether recursion can go through e: contracts do not end it.
func (w *walker) recurs(fn *ssa.Function, e edge) bool {
	if e.graph && w.exempts(fn, e.call.pos, dynamic) != nil {
		return false
	}
	if e.call.cold || e.fn == nil || e.param != nil || len(e.fn.Blocks) == 0 || !w.own(e.fn) {
		return false
	}
	p := w.promiseOfFunction(e.fn)
	return p == nil || !p.Cold && p.Trust == ""
}

func (w *walker) recursion(group []*ssa.Function) {
	inside := map[*ssa.Function]bool{}
	for _, fn := range group {
		inside[fn] = true
	}
	slices.SortFunc(group, func(a, b *ssa.Function) int { return cmp.Compare(a.Pos(), b.Pos()) })
	for _, fn := range group {
		if !w.reach[fn].has(recursion) {
			continue
		}
		for _, e := range w.edges(fn) {
			if w.recurs(fn, e) && inside[e.fn] || w.isPassedToItself(fn, e) {
				w.name = nameOf(fn)
				text := nameOf(fn) + " calls itself"
				if e.fn != nil && e.fn != fn {
					text = nameOf(fn) + " and " + nameOf(e.fn) + " call each other"
				}
				w.emit(recursion, fn, e.call.pos, text+"; the depth of the stack has no evident bound", nil)
				return
			}
		}
	}
}

// isPassedToItself reports whether fn calls a parameter that can be fn: one of a func type
// that has itself as a parameter.
func (w *walker) isPassedToItself(fn *ssa.Function, e edge) bool {
	if e.param == nil || e.param.Parent() != fn || e.call.site.Common().Value != e.param || !types.Identical(e.param.Type().Underlying(), fn.Signature) {
		return false
	}
	return w.targets == nil || slices.Contains(w.targets(e.call.site), fn)
}

// isCgo reports whether cgo made a function in order to call C.
func isCgo(name string) bool {
	return strings.HasPrefix(name, "_Cfunc_") || strings.HasPrefix(name, "_C2func_") || strings.HasPrefix(name, "_cgo")
}

// nameOfC is a function that cgo made, as the source writes it.
func nameOfC(name string) string {
	for _, prefix := range []string{"_Cfunc_", "_C2func_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return "C." + rest
		}
	}
	return name
}
