package source

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// edge is one function that a call may reach.
type edge struct {
	call call
	// fn is the function; nil where there is only its declaration.
	fn *ssa.Function
	// object is its declaration; nil for a closure.
	object *types.Func
	// promised is the contract of the type of the called value; nil for none.
	promised *promise
	// param: the function is an argument of the one that calls it, and the callers
	// of that one look at it.
	param *ssa.Parameter
	// fault: no function is known. Opaque: its code is in no file that is read.
	fault  string
	opaque bool
	// graph: only the call graph of this program says so; other programs may have the
	// call reach other functions.
	graph bool
}

// name of the function that is called.
func (e edge) name() string {
	switch {
	case e.fn != nil:
		return nameOf(e.fn)
	case e.object != nil:
		return nameOfObject(e.object)
	}
	return "a function value"
}

// manyTargets is the number of functions from which a dynamic call counts as
// unresolved: the call graph then knows the type and nothing else.
const manyTargets = 24

// edges lists what the calls of fn may reach.
func (j *judge) edges(fn *ssa.Function) []edge {
	if list, ok := j.edgeLists[fn]; ok {
		return list
	}
	j.edgeLists[fn] = nil
	var list []edge
	for _, c := range j.body(fn).calls {
		for _, e := range j.resolve(c) {
			list = append(list, e)
			list = append(list, j.arguments(c, e)...)
			list = append(list, j.methods(c, e)...)
		}
	}
	j.edgeLists[fn] = list
	return list
}

// resolve lists what one call may reach.
func (j *judge) resolve(c call) []edge {
	common := c.site.Common()
	if common.IsInvoke() {
		return j.resolveMethod(c)
	}
	if fn := common.StaticCallee(); fn != nil {
		return []edge{j.toFunction(c, fn)}
	}
	if p := j.promiseOfType(common.Value.Type()); p != nil {
		return []edge{{call: c, promised: p}}
	}
	if fromPlugin(common.Value) {
		return []edge{{call: c, fault: "a function of a plugin is called: the analyser cannot look into it", opaque: true}}
	}
	v := j.trace(common.Value)
	if v.known && len(v.params) == 0 {
		return j.toFunctions(c, v.funcs)
	}
	if v.known {
		list := j.toFunctions(c, v.funcs)
		for _, p := range v.params {
			if !encloses(p.Parent(), c.site.Parent()) {
				// Someone else's parameter: a setter's, whose callers are unknown here.
				return j.fromGraph(c, "a function value is called that the parameter "+p.Name()+" of "+nameOf(p.Parent())+" sets; give its type a contract")
			}
			list = append(list, j.parameter(c, p))
		}
		return list
	}
	return j.fromGraph(c, "a function value is called that the analyser cannot follow; give its type a contract")
}

// fromCallers lists the functions that the callers of a function with a contract pass
// as the parameter of e, which it calls or hands on.
func (j *judge) fromCallers(e edge) []edge {
	if e.call.site.Common().Value == e.param {
		return j.fromGraph(e.call, e.fault)
	}
	unknown := []edge{{call: e.call, fault: e.fault}}
	if j.callers == nil {
		return unknown
	}
	sites := j.callers(e.param.Parent())
	if len(sites) == 0 {
		return unknown
	}
	var list []edge
	for _, site := range sites {
		i := paramIndex(e.param)
		if site.Common().IsInvoke() {
			i--
		}
		if i < 0 || i >= len(site.Common().Args) {
			return unknown
		}
		v := j.trace(site.Common().Args[i])
		if !v.known || len(v.params) > 0 {
			return unknown
		}
		for _, target := range j.toFunctions(e.call, v.funcs) {
			target.graph = true
			list = append(list, target)
		}
	}
	return list
}

// fromPlugin reports whether a func value comes out of package plugin.
func fromPlugin(v ssa.Value) bool {
	if e, ok := v.(*ssa.Extract); ok {
		v = e.Tuple
	}
	assert, ok := v.(*ssa.TypeAssert)
	if !ok {
		return false
	}
	named, ok := assert.X.Type().(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "plugin"
}

// encloses reports whether fn is inner or has it inside.
func encloses(fn, inner *ssa.Function) bool {
	for ; inner != nil; inner = inner.Parent() {
		if inner == fn {
			return true
		}
	}
	return false
}

func (j *judge) toFunctions(c call, fns []*ssa.Function) []edge {
	list := make([]edge, len(fns))
	for i, fn := range fns {
		list[i] = j.toFunction(c, fn)
	}
	return list
}

func (j *judge) toFunction(c call, fn *ssa.Function) edge {
	object, _ := objectOf(fn).(*types.Func)
	return edge{call: c, fn: fn, object: object}
}

// parameter is a call of a function that the callers pass.
func (j *judge) parameter(c call, p *ssa.Parameter) edge {
	return edge{call: c, param: p, fault: "the parameter " + p.Name() + " is called; give its type a contract"}
}

func (j *judge) resolveMethod(c call) []edge {
	common := c.site.Common()
	method := common.Method
	if p := j.promiseOf(method); p != nil {
		return []edge{{call: c, object: method, promised: p}}
	}
	if _, ok := j.library.lookup(method); ok {
		return []edge{{call: c, object: method}}
	}
	v := j.trace(common.Value)
	if v.known && len(v.params) == 0 {
		var list []edge
		for _, t := range v.concrete {
			e, ok := j.methodOf(c, t, method)
			if !ok {
				return j.fromGraph(c, "a method is called that the analyser cannot follow")
			}
			list = append(list, e)
		}
		return list
	}
	return j.fromGraph(c, fmt.Sprintf("the method %s of an interface is called; give it a contract", nameOfObject(method)))
}

// methodOf is the method of a concrete type.
func (j *judge) methodOf(c call, t types.Type, method *types.Func) (edge, bool) {
	if types.IsInterface(t) {
		return edge{}, false
	}
	prog := c.site.Parent().Prog
	selection := types.NewMethodSet(t).Lookup(method.Pkg(), method.Name())
	if selection == nil {
		return edge{}, false
	}
	object := selection.Obj().(*types.Func)
	if fn := prog.MethodValue(selection); fn != nil {
		e := j.toFunction(c, fn)
		e.object = object.Origin()
		return e, true
	}
	return edge{call: c, object: object.Origin()}, true
}

// fromGraph asks the call graph of the program, and gives the fault where that does not
// know.
func (j *judge) fromGraph(c call, fault string) []edge {
	if j.targets != nil && !j.isOpen(c.site.Common().Value) {
		switch fns := j.targets(c.site); {
		case len(fns) >= manyTargets:
			fault = fmt.Sprintf("%s; %d functions are possible", fault, len(fns))
		case len(fns) > 0:
			list := j.toFunctions(c, fns)
			for i := range list {
				list[i].graph = true
			}
			return list
		}
	}
	return []edge{{call: c, fault: fault}}
}

// arguments lists the functions that the callee of e calls because c passes them.
func (j *judge) arguments(c call, e edge) []edge {
	called := j.paramCalls(e)
	if called == 0 {
		return nil
	}
	var list []edge
	args := c.site.Common().Args
	offset := 0
	if c.site.Common().IsInvoke() {
		offset = 1
	}
	for i := range min(64, len(args)+offset) {
		if called>>i&1 == 0 || i < offset {
			continue
		}
		list = append(list, j.argument(c, args[i-offset])...)
	}
	return list
}

// argument lists the functions that a called argument can be.
func (j *judge) argument(c call, arg ssa.Value) []edge {
	if change, ok := arg.(*ssa.ChangeType); ok && j.promiseOfType(change.Type()) != nil {
		return nil // checked where the value is converted
	}
	if p := j.promiseOfType(arg.Type()); p != nil {
		return []edge{{call: c, promised: p}}
	}
	v := j.trace(arg)
	list := j.toFunctions(c, v.funcs)
	for _, p := range v.params {
		list = append(list, j.parameter(c, p))
	}
	if !v.known {
		list = append(list, edge{call: c, fault: "the callee calls an argument that the analyser cannot follow; give its type a contract"})
	}
	return list
}

// methods lists the methods of its arguments that a function of the library calls.
func (j *judge) methods(c call, e edge) (list []edge) {
	entry, ok := j.library.lookup(e.object)
	if !ok || !entry.methods || c.site.Common().IsInvoke() {
		return nil
	}
	unknown := edge{call: c, fault: nameOfObject(e.object) + " calls methods of an argument that the analyser cannot follow"}
	for _, arg := range c.site.Common().Args {
		iface, ok := arg.Type().Underlying().(*types.Interface)
		if !ok {
			continue
		}
		v := j.trace(arg)
		if !v.known || len(v.params) > 0 {
			return []edge{unknown}
		}
		for _, t := range v.concrete {
			for method := range iface.Methods() {
				e, ok := j.methodOf(c, t, method)
				if !ok {
					return []edge{unknown}
				}
				list = append(list, e)
			}
		}
	}
	return list
}

// paramCalls are the parameters that the callee of e calls.
func (j *judge) paramCalls(e edge) uint64 {
	if e.promised != nil && e.fn == nil {
		return 0
	}
	if entry, ok := j.library.lookup(e.object); ok {
		if entry.keeps == 0 || entry.entry {
			return 0
		}
		return funcParams(e.object.Signature())
	}
	switch {
	case e.fn != nil && len(e.fn.Blocks) > 0:
		return j.calledParams(e.fn)
	case e.object != nil:
		if s := j.imported(e.object); s != nil {
			return s.Calls
		}
	}
	return 0
}

// funcParams are the parameters of func type, with the receiver counted.
func funcParams(sig *types.Signature) (set uint64) {
	offset := 0
	if sig.Recv() != nil {
		offset = 1
	}
	for i := range sig.Params().Len() {
		t := sig.Params().At(i).Type()
		if p, ok := types.Unalias(t).(*types.TypeParam); ok {
			t = p.Constraint()
		}
		if _, ok := t.Underlying().(*types.Signature); ok && i+offset < 64 {
			set |= 1 << (i + offset)
		}
	}
	return set
}

// calledParams are the parameters of fn that it calls, or passes to functions that
// call them.
func (j *judge) calledParams(fn *ssa.Function) uint64 {
	if set, ok := j.paramsCall[fn]; ok {
		return set
	}
	if len(fn.Params) == 0 || funcParamsOf(fn) == 0 {
		return 0
	}
	j.paramsCall[fn] = 0 // for recursion
	var set uint64
	var visit func(f *ssa.Function)
	visit = func(f *ssa.Function) {
		for _, e := range j.edges(f) {
			if e.param != nil && e.param.Parent() == fn {
				if i := paramIndex(e.param); i >= 0 && i < 64 {
					set |= 1 << i
				}
			}
		}
		for _, a := range f.AnonFuncs {
			visit(a)
		}
	}
	visit(fn)
	j.paramsCall[fn] = set
	return set
}

func funcParamsOf(fn *ssa.Function) (set uint64) {
	for i, p := range fn.Params {
		if _, ok := p.Type().Underlying().(*types.Signature); ok && i < 64 {
			set |= 1 << i
		}
		if t, ok := types.Unalias(p.Type()).(*types.TypeParam); ok && i < 64 {
			_ = t
			set |= 1 << i
		}
	}
	return set
}
