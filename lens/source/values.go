package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// values are what a func value, or a value in an interface, can be.
type values struct {
	// funcs are the functions.
	funcs []*ssa.Function
	// concrete are the types in the interface.
	concrete []types.Type
	// params are parameters of the function that the value comes from.
	params []*ssa.Parameter
	// known is false when the value can be something else as well.
	known bool
}

// trace follows v back to where it comes from, within the functions whose source is
// at hand.
func (j *judge) trace(v ssa.Value) values {
	t := tracer{judge: j, seen: map[ssa.Value]bool{}, out: values{known: true}}
	t.value(v)
	return t.out
}

// traceLimit bounds how many values one trace visits.
const traceLimit = 400

type tracer struct {
	*judge
	seen map[ssa.Value]bool
	out  values
}

func (t *tracer) value(v ssa.Value) {
	if v == nil || t.seen[v] {
		return
	}
	if len(t.seen) >= traceLimit {
		t.out.known = false
		return
	}
	t.seen[v] = true
	switch v := v.(type) {
	case *ssa.Function:
		t.out.funcs = append(t.out.funcs, v)
	case *ssa.MakeClosure:
		t.out.funcs = append(t.out.funcs, v.Fn.(*ssa.Function))
	case *ssa.MakeInterface:
		t.out.concrete = append(t.out.concrete, v.X.Type())
	case *ssa.ChangeType:
		t.value(v.X)
	case *ssa.ChangeInterface:
		t.value(v.X)
	case *ssa.Phi:
		for _, e := range v.Edges {
			t.value(e)
		}
	case *ssa.Const:
		// nil calls nothing.
	case *ssa.Parameter:
		t.out.params = append(t.out.params, v)
	case *ssa.FreeVar:
		t.freeVar(v, t.value)
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			t.results(call, v.Index)
			return
		}
		t.out.known = false
	case *ssa.Call:
		t.results(v, 0)
	case *ssa.UnOp:
		if v.Op == token.MUL {
			t.load(v.X)
			return
		}
		t.out.known = false
	default:
		t.out.known = false
	}
}

// results traces what the callee returns.
func (t *tracer) results(call *ssa.Call, index int) {
	callee := call.Call.StaticCallee()
	if callee == nil || len(callee.Blocks) == 0 {
		t.out.known = false
		return
	}
	params := len(t.out.params)
	for _, b := range callee.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && b != callee.Recover && index < len(ret.Results) {
			t.value(ret.Results[index])
		}
	}
	// A parameter that the callee returns is the argument here.
	returned := t.out.params[params:]
	t.out.params = t.out.params[:params:params]
	for _, p := range returned {
		if p.Parent() != callee {
			t.out.params = append(t.out.params, p)
			continue
		}
		if i := paramIndex(p); i >= 0 && i < len(call.Call.Args) {
			t.value(call.Call.Args[i])
		}
	}
}

// load traces the values stored at an address.
func (t *tracer) load(addr ssa.Value) {
	if t.seen[addr] {
		return
	}
	t.seen[addr] = true
	switch a := addr.(type) {
	case *ssa.Alloc:
		t.stores(a)
	case *ssa.FreeVar:
		t.freeVar(a, t.load)
	case *ssa.Global:
		if a.Object() == nil || a.Object().Exported() {
			t.out.known = false
			return
		}
		stores, ok := t.globalStores(a)
		t.out.known = t.out.known && ok
		for _, s := range stores {
			t.value(s)
		}
	case *ssa.FieldAddr, *ssa.IndexAddr:
		t.out.known = false
	default:
		t.out.known = false
	}
}

// stores traces each value that is stored in a variable, closures included.
func (t *tracer) stores(addr ssa.Value) {
	for _, r := range *addr.Referrers() {
		switch r := r.(type) {
		case *ssa.Store:
			if r.Addr != addr {
				t.out.known = false
				continue
			}
			t.value(r.Val)
		case *ssa.UnOp, *ssa.DebugRef:
		case *ssa.MakeClosure:
			for i, binding := range r.Bindings {
				if binding == addr {
					free := r.Fn.(*ssa.Function).FreeVars[i]
					if !t.seen[free] {
						t.seen[free] = true
						t.stores(free)
					}
				}
			}
		default:
			t.out.known = false
		}
	}
}

// freeVar passes what a closure captured to visit.
func (t *tracer) freeVar(v *ssa.FreeVar, visit func(ssa.Value)) {
	fn := v.Parent()
	index := -1
	for i, f := range fn.FreeVars {
		if f == v {
			index = i
		}
	}
	if fn.Parent() == nil || index < 0 {
		t.out.known = false
		return
	}
	found := false
	for _, b := range fn.Parent().Blocks {
		for _, instr := range b.Instrs {
			if m, ok := instr.(*ssa.MakeClosure); ok && m.Fn == fn {
				found = true
				visit(m.Bindings[index])
			}
		}
	}
	t.out.known = t.out.known && found
}

// globalStores lists the values stored in an unexported variable of a package.
func (j *judge) globalStores(g *ssa.Global) (stored []ssa.Value, ok bool) {
	index, ok := j.globals[g.Pkg]
	if !ok {
		index = map[*ssa.Global][]ssa.Value{}
		for _, fn := range j.functionsOf(g.Pkg) {
			for _, b := range fn.Blocks {
				for _, instr := range b.Instrs {
					indexGlobals(index, instr)
				}
			}
		}
		j.globals[g.Pkg] = index
	}
	stored = index[g]
	for _, v := range stored {
		if v == nil {
			return nil, false
		}
	}
	return stored, true
}

// indexGlobals records the stores of an instruction; nil stands for a use of the
// variable's address that is none of a load and a store.
func indexGlobals(index map[*ssa.Global][]ssa.Value, instr ssa.Instruction) {
	if s, ok := instr.(*ssa.Store); ok {
		if g, ok := s.Addr.(*ssa.Global); ok {
			index[g] = append(index[g], s.Val)
		}
		if g, ok := s.Val.(*ssa.Global); ok {
			index[g] = append(index[g], nil)
		}
		return
	}
	if _, ok := instr.(*ssa.UnOp); ok {
		return
	}
	if _, ok := instr.(*ssa.DebugRef); ok {
		return
	}
	for _, operand := range instr.Operands(nil) {
		if g, ok := (*operand).(*ssa.Global); ok {
			index[g] = append(index[g], nil)
		}
	}
}

func paramIndex(p *ssa.Parameter) int {
	for i, q := range p.Parent().Params {
		if q == p {
			return i
		}
	}
	return -1
}
