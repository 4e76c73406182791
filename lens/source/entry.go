package source

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// conversion is a value that becomes an interface or a func type.
type conversion struct {
	in  *ssa.Function
	pos token.Pos
	// to is the type that it becomes, from the one that it has.
	to, from types.Type
	// value that is converted; nil where a blank variable states the type, or for a type
	// argument, which have no instruction.
	value ssa.Value
	// function that such a blank variable names; nil for none.
	function *types.Func
}

// conversionsOf lists the conversions in fn to interfaces and named func types.
func conversionsOf(fn *ssa.Function) (list []conversion) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch i := instr.(type) {
			case *ssa.MakeInterface:
				list = append(list, conversion{fn, argumentPos(i, i.Pos()), i.Type(), i.X.Type(), i.X, nil})
			case *ssa.ChangeInterface:
				list = append(list, conversion{fn, argumentPos(i, i.Pos()), i.Type(), i.X.Type(), i.X, nil})
			case *ssa.ChangeType:
				if _, ok := i.Type().Underlying().(*types.Signature); ok || types.IsInterface(i.Type()) {
					list = append(list, conversion{fn, argumentPos(i, i.Pos()), i.Type(), i.X.Type(), i.X, nil})
				}
			}
		}
	}
	return list
}

// entryPoints finds functions that are called on a real-time thread without a
// directive: implementations of the library's interfaces, and functions that are
// passed to the library's entries.
func (j *judge) entryPoints(fn *ssa.Function, conversions []conversion, add func(*ssa.Function)) {
	j.implementations(conversions, add)
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			site, ok := instr.(ssa.CallInstruction)
			if !ok {
				continue
			}
			if !j.entersAt(site) {
				continue
			}
			for _, arg := range site.Common().Args {
				for _, f := range j.passed(arg) {
					add(f)
				}
			}
		}
	}
}

// implementations finds the methods by which converted types implement the library's
// interfaces.
func (j *judge) implementations(conversions []conversion, add func(*ssa.Function)) {
	for _, c := range conversions {
		iface, ok := c.to.Underlying().(*types.Interface)
		if !ok || types.IsInterface(c.from) {
			continue
		}
		for m := range iface.Methods() {
			if !j.isEntry(m) {
				continue
			}
			selection := types.NewMethodSet(c.from).Lookup(m.Pkg(), m.Name())
			if selection == nil {
				continue
			}
			if method := methodValue(c.in.Prog, selection); method != nil {
				add(unwrapped(method))
			}
		}
	}
}

// methodValue is the function of a method: for a generic type that nothing instantiates,
// the one that has type parameters.
func methodValue(prog *ssa.Program, selection *types.Selection) *ssa.Function {
	if method := selection.Obj().(*types.Func); method.Signature().RecvTypeParams().Len() > 0 && isGeneric(selection.Recv()) {
		return prog.FuncValue(method.Origin())
	}
	return prog.MethodValue(selection)
}

// isGeneric reports whether t, or what it points to, is a generic type with its own type
// parameters.
func isGeneric(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.TypeArgs().Len() > 0 && isTypeParam(named.TypeArgs().At(0))
}

// entersAt reports whether a call is one of the library's entries, also through an
// interface that has its method.
func (j *judge) entersAt(site ssa.CallInstruction) bool {
	common := site.Common()
	if callee := common.StaticCallee(); callee != nil {
		object, _ := objectOf(callee).(*types.Func)
		return j.isEntry(object)
	}
	if !common.IsInvoke() || j.targets == nil || !j.library.entryNames[common.Method.Name()] {
		return false
	}
	return slices.ContainsFunc(j.targets(site), func(fn *ssa.Function) bool {
		object, _ := objectOf(unwrapped(fn)).(*types.Func)
		return j.isEntry(object)
	})
}

// isEntry reports whether a real-time thread calls the method fn, or the functions that
// are passed to the function fn.
func (j *judge) isEntry(fn *types.Func) bool {
	e, ok := j.library.lookup(fn)
	return ok && e.entry
}

// passed lists the functions that an argument is, or that are elements of it: the
// binding of PortAudio takes its callback in a variadic list of any.
func (j *judge) passed(arg ssa.Value) (list []*ssa.Function) {
	slice, ok := arg.(*ssa.Slice)
	if !ok {
		return j.functionIn(arg)
	}
	array, ok := slice.X.(*ssa.Alloc)
	if !ok {
		return nil
	}
	for _, r := range *array.Referrers() {
		element, ok := r.(*ssa.IndexAddr)
		if !ok {
			continue
		}
		for _, use := range *element.Referrers() {
			if store, ok := use.(*ssa.Store); ok && store.Addr == element {
				list = append(list, j.functionIn(store.Val)...)
			}
		}
	}
	return list
}

// functionIn lists the functions that a value may be, also in an interface.
func (j *judge) functionIn(v ssa.Value) (list []*ssa.Function) {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	if _, ok := v.Type().Underlying().(*types.Signature); !ok && !types.IsInterface(v.Type()) {
		return nil
	}
	for _, fn := range j.reaching(v) {
		if site := invokes(fn); site != nil && j.targets != nil {
			for _, target := range j.targets(site) {
				list = append(list, unwrapped(target))
			}
			continue
		}
		list = append(list, unwrapped(fn))
	}
	return list
}

// invokes is the call through an interface by which fn, the value of an interface's
// method, does its work; nil for another function.
func invokes(fn *ssa.Function) ssa.CallInstruction {
	if !isWrapper(fn) {
		return nil
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if site, ok := instr.(ssa.CallInstruction); ok && site.Common().IsInvoke() {
				return site
			}
		}
	}
	return nil
}

// unwrapped is the method behind a wrapper, where there is exactly one.
func unwrapped(fn *ssa.Function) *ssa.Function {
	for range 4 {
		if !isWrapper(fn) || fn.Origin() != nil {
			return fn
		}
		var only *ssa.Function
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				if site, ok := instr.(ssa.CallInstruction); ok {
					callee := site.Common().StaticCallee()
					if callee == nil || only != nil {
						return fn
					}
					only = callee
				}
			}
		}
		if only == nil {
			return fn
		}
		fn = only
	}
	return fn
}
