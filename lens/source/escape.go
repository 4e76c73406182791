package source

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// escapes reports whether the memory that v points to may outlive the function that
// creates it. It follows the uses of v as the compiler does, through calls of
// functions whose source or facts are at hand; where the compiler knows more, the
// binary shows it.
func (j *judge) escapes(v ssa.Value) bool {
	e := escaper{j, map[ssa.Value]bool{}, 0}
	return e.value(v)
}

const (
	// escapeLimit bounds the values that one question visits.
	escapeLimit = 500
	// escapeDepth bounds the calls that it follows.
	escapeDepth = 6
)

type escaper struct {
	*judge
	seen  map[ssa.Value]bool
	depth int
}

// value reports whether some use of v lets it escape.
func (e *escaper) value(v ssa.Value) bool {
	if e.seen[v] {
		return false
	}
	if len(e.seen) >= escapeLimit {
		return true
	}
	e.seen[v] = true
	referrers := v.Referrers()
	if referrers == nil {
		return true
	}
	for _, r := range *referrers {
		if e.use(v, r) {
			return true
		}
	}
	return false
}

func (e *escaper) use(v ssa.Value, instr ssa.Instruction) bool {
	switch i := instr.(type) {
	case *ssa.Store:
		if i.Val != v {
			return false
		}
		return e.stored(i.Addr)
	case *ssa.UnOp:
		return false // a load of what v points to
	case *ssa.Convert:
		return mayPoint(i.Type()) && e.value(i) // a uintptr keeps nothing alive
	case *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Slice, *ssa.Phi, *ssa.ChangeType, *ssa.ChangeInterface,
		*ssa.MakeInterface, *ssa.TypeAssert, *ssa.Extract, *ssa.SliceToArrayPointer, *ssa.MultiConvert,
		*ssa.Field, *ssa.Index:
		return e.value(i.(ssa.Value))
	case *ssa.MakeClosure:
		for n, binding := range i.Bindings {
			if binding == v && e.value(i.Fn.(*ssa.Function).FreeVars[n]) {
				return true
			}
		}
		return e.value(i)
	case *ssa.Panic:
		return false // the path ends here
	case *ssa.BinOp, *ssa.If, *ssa.DebugRef, *ssa.Lookup, *ssa.Range, *ssa.Next, *ssa.RunDefers:
		return false
	case *ssa.Return:
		return e.depth == 0 // argument follows what a callee returns
	case *ssa.MapUpdate:
		return i.Map != v
	case *ssa.Go:
		return true
	case *ssa.Defer:
		// What waits in a loop for the end of the function is on the heap.
		return inLoop(i.Block()) || i.DeferStack != nil || e.argument(v, i)
	case ssa.CallInstruction:
		return e.argument(v, i)
	}
	return true
}

// stored reports whether a value that is stored at addr escapes: it does unless
// addr is in a variable of the same function that does not.
func (e *escaper) stored(addr ssa.Value) bool {
	base := addr
	for {
		switch a := base.(type) {
		case *ssa.FieldAddr:
			base = a.X
			continue
		case *ssa.IndexAddr:
			base = a.X
			continue
		}
		break
	}
	alloc, ok := base.(*ssa.Alloc)
	if !ok {
		return true
	}
	// A load from the variable may give v.
	if e.value(alloc) || appended(alloc) {
		return true
	}
	return e.loads(alloc)
}

// loads reports whether a value loaded through addr escapes.
func (e *escaper) loads(addr ssa.Value) bool {
	for _, r := range *addr.Referrers() {
		switch r := r.(type) {
		case *ssa.UnOp:
			if mayPoint(r.Type()) && e.value(r) {
				return true
			}
		case *ssa.FieldAddr:
			if e.loads(r) {
				return true
			}
		case *ssa.IndexAddr:
			if e.loads(r) {
				return true
			}
		}
	}
	return false
}

// argument reports whether a call lets its argument v escape.
func (e *escaper) argument(v ssa.Value, site ssa.CallInstruction) bool {
	c := site.Common()
	if b, ok := c.Value.(*ssa.Builtin); ok {
		switch b.Name() {
		case "len", "cap", "copy", "print", "println", "delete", "clear", "recover", "min", "max", "panic":
			return false
		case "append":
			if len(c.Args) > 1 && c.Args[1] == v {
				return false // its elements are copied
			}
		}
		if r, ok := site.(ssa.Value); ok {
			return e.value(r)
		}
		return true
	}
	if c.Value == v && !c.IsInvoke() {
		return false // the closure is called
	}
	callees := []*ssa.Function{c.StaticCallee()}
	if callees[0] == nil {
		if c.IsInvoke() {
			return true
		}
		// An iterator, for example, which is called with the body of a loop.
		found := e.trace(c.Value)
		if !found.known || len(found.params) > 0 {
			return true
		}
		callees = found.funcs
	}
	for _, callee := range callees {
		for n, arg := range c.Args {
			if arg == v && e.leaks(callee, n, site) {
				return true
			}
		}
	}
	return false
}

// leaks reports whether a call lets its argument number n escape from the caller.
func (e *escaper) leaks(callee *ssa.Function, n int, site ssa.CallInstruction) bool {
	fn, _ := objectOf(callee).(*types.Func)
	entry, listed := e.library.lookup(fn)
	if listed && entry.retains {
		return true
	}
	if isCgo(callee.Name()) {
		return false
	}
	if len(callee.Blocks) > 0 {
		if n >= len(callee.Params) || e.depth >= escapeDepth {
			return true
		}
		e.depth++
		defer func() { e.depth-- }()
		if e.value(callee.Params[n]) {
			return true
		}
		if !e.returned(callee.Params[n]) {
			return false
		}
		if r, ok := site.(ssa.Value); ok {
			return e.value(r)
		}
		return false
	}
	if listed {
		return !entry.keeps.has(allocation)
	}
	if s := e.imported(fn); s != nil {
		return s.Holds>>n&1 == 0
	}
	return true
}

// returned reports whether a value derived from p is returned. A return alone is no
// escape from the caller.
func (e *escaper) returned(p *ssa.Parameter) bool {
	seen := map[ssa.Value]bool{}
	var follow func(v ssa.Value) bool
	follow = func(v ssa.Value) bool {
		if seen[v] || v.Referrers() == nil {
			return false
		}
		seen[v] = true
		for _, r := range *v.Referrers() {
			if _, ok := r.(*ssa.Return); ok {
				return true
			}
			if next, ok := r.(ssa.Value); ok && follow(next) {
				return true
			}
		}
		return false
	}
	return follow(p)
}

// mayPoint reports whether values of a type can hold pointers.
func mayPoint(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.UnsafePointer || u.Info()&types.IsString != 0
	case *types.Struct:
		for f := range u.Fields() {
			if mayPoint(f.Type()) {
				return true
			}
		}
		return false
	case *types.Array:
		return mayPoint(u.Elem())
	}
	return true
}

// appended reports whether the elements of an array are appended to a slice, which
// then holds them too.
func appended(array *ssa.Alloc) bool {
	for _, r := range *array.Referrers() {
		slice, ok := r.(*ssa.Slice)
		if !ok {
			continue
		}
		for _, use := range *slice.Referrers() {
			call, ok := use.(*ssa.Call)
			if !ok {
				continue
			}
			if b, ok := call.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" && len(call.Call.Args) > 1 && call.Call.Args[1] == slice {
				return true
			}
		}
	}
	return false
}

// holdsOf is the set of fn's parameters that do not escape through it.
func (j *judge) holdsOf(fn *ssa.Function) (holds uint64) {
	for n, p := range fn.Params {
		if n < 64 && mayPoint(p.Type()) && !j.escapes(p) {
			holds |= 1 << n
		}
	}
	return holds
}
