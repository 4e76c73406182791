package link

import "go/types"

// candidates are the types that generic functions are compiled for, besides those
// that a constraint lists.
var candidates = func() []types.Type {
	var list []types.Type
	for _, kind := range []types.BasicKind{types.Int, types.Float64, types.Float32, types.String, types.Uint64, types.Byte, types.Complex128} {
		list = append(list, types.Typ[kind])
	}
	for _, t := range list[:5] {
		list = append(list, types.NewSlice(t), types.NewPointer(t))
	}
	return append(list,
		types.NewMap(types.Typ[types.Int], types.Typ[types.Int]), types.NewChan(types.SendRecv, types.Typ[types.Int]),
		types.Universe.Lookup("error").Type())
}()

// maxTries limits the combinations of candidates.
const maxTries = 20000

// instantiate finds type arguments that satisfy the constraints of a function, or of
// its receiver's type: basic types and those that the constraints list, or any.
func instantiate(fn *types.Func, any bool) ([]types.Type, bool) {
	var generic types.Type = fn.Signature()
	parameters := fn.Signature().TypeParams()
	if r := receiver(fn); r != nil {
		generic, parameters = r.Origin(), r.Origin().TypeParams()
	}
	choices := make([][]types.Type, parameters.Len())
	for i := range choices {
		choices[i] = append(listed(parameters.At(i).Constraint(), fn.Pkg(), 0), candidates...)
		if any {
			choices[i] = append(choices[i], implementing(parameters.At(i).Constraint(), fn.Pkg())...)
		}
	}
	choice := make([]int, len(choices))
	arguments := make([]types.Type, len(choices))
	for range maxTries {
		for i, c := range choice {
			arguments[i] = choices[i][c]
		}
		if _, err := types.Instantiate(nil, generic, arguments, true); err == nil {
			return arguments, true
		}
		at := len(choice) - 1
		for ; at >= 0; at-- {
			if choice[at]++; choice[at] < len(choices[at]) {
				break
			}
			choice[at] = 0
		}
		if at < 0 {
			break
		}
	}
	return nil, false
}

// listed are the types that a constraint lists and its package can name. Those of
// basic kinds are left to the candidates, which are the same everywhere.
func listed(constraint types.Type, from *types.Package, depth int) []types.Type {
	var list []types.Type
	note := func(t types.Type) {
		if _, basic := t.(*types.Basic); basic {
			return
		}
		if types.IsInterface(t) {
			list = append(list, listed(t, from, depth+1)...)
		} else if nameable(t, from, 0) {
			list = append(list, t)
		}
	}
	i, ok := constraint.Underlying().(*types.Interface)
	if !ok || depth > maxDepth {
		return nil
	}
	for n := range i.NumEmbeddeds() {
		union, ok := i.EmbeddedType(n).(*types.Union)
		if !ok {
			note(i.EmbeddedType(n))
			continue
		}
		for t := range union.Len() {
			note(union.Term(t).Type())
		}
	}
	return list
}

// implementing are types with the methods that a constraint asks for: the constraint
// itself, and types of the function's package.
func implementing(constraint types.Type, from *types.Package) []types.Type {
	i, ok := constraint.Underlying().(*types.Interface)
	if !ok || i.NumMethods() == 0 {
		return nil
	}
	var list []types.Type
	if nameable(constraint, from, 0) && i.IsMethodSet() {
		list = append(list, constraint)
	}
	for _, name := range from.Scope().Names() {
		o, ok := from.Scope().Lookup(name).(*types.TypeName)
		if !ok || o.IsAlias() || types.IsInterface(o.Type()) {
			continue
		}
		if named, ok := o.Type().(*types.Named); !ok || named.TypeParams().Len() > 0 {
			continue
		}
		for _, t := range []types.Type{o.Type(), types.NewPointer(o.Type())} {
			if types.Implements(t, i) {
				list = append(list, t)
			}
		}
	}
	return list
}
