package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// conversion is a value that becomes an interface or a func type.
type conversion struct {
	in  *ssa.Function
	pos token.Pos
	// to is the type that it becomes, from the one that it has.
	to, from types.Type
	// value that is converted; nil where a blank variable states the type, which has no
	// instruction.
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
			callee := site.Common().StaticCallee()
			if callee == nil {
				continue
			}
			object, _ := objectOf(callee).(*types.Func)
			if !j.isEntry(object) {
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
			if method := c.in.Prog.MethodValue(selection); method != nil {
				add(unwrapped(method))
			}
		}
	}
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

// functionIn lists the functions that a value is, also in an interface.
func (j *judge) functionIn(v ssa.Value) []*ssa.Function {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	if _, ok := v.Type().Underlying().(*types.Signature); !ok {
		return nil
	}
	list := j.trace(v).funcs
	for i, fn := range list {
		list[i] = unwrapped(fn)
	}
	return list
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
