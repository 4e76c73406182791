package source

import (
	"go/ast"
	"go/token"
	"go/types"
)

// blank states that a type is used as another one, where the SSA form has no instruction
// for it: a blank variable, var _ Source = (*Sine)(nil), or a type argument.
type blank struct {
	pos      token.Pos
	to, from types.Type
	// function that is the value; nil for a type alone.
	function *types.Func
}

// blanksIn lists the blank variables of a file that have a type.
func blanksIn(file *ast.File, info *types.Info) (list []blank) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil || len(spec.Names) != len(spec.Values) {
			return true
		}
		to := info.TypeOf(spec.Type)
		for i, name := range spec.Names {
			if from := info.TypeOf(spec.Values[i]); name.Name == "_" && to != nil && from != nil {
				list = append(list, blank{spec.Values[i].Pos(), to, from, functionAt(spec.Values[i], info)})
			}
		}
		return true
	})
	return list
}

// argumentsIn lists the type arguments in a file that stand for a type parameter whose
// constraint has methods: code for the parameter calls these.
func argumentsIn(file *ast.File, info *types.Info) (list []blank) {
	ast.Inspect(file, func(n ast.Node) bool {
		name, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		instance, ok := info.Instances[name]
		if !ok {
			return true
		}
		params := typeParams(info.Uses[name])
		for i := range min(params.Len(), instance.TypeArgs.Len()) {
			to, from := params.At(i).Constraint(), instance.TypeArgs.At(i)
			if iface, ok := to.Underlying().(*types.Interface); ok && iface.NumMethods() > 0 && !isTypeParam(from) && !types.IsInterface(from) {
				list = append(list, blank{name.Pos(), to, from, nil})
			}
		}
		return true
	})
	return list
}

// typeParams are those of a generic function or type.
func typeParams(obj types.Object) *types.TypeParamList {
	switch t := obj.(type) {
	case *types.Func:
		return t.Signature().TypeParams()
	case *types.TypeName:
		if named, ok := types.Unalias(t.Type()).(*types.Named); ok {
			return named.TypeParams()
		}
	}
	return nil
}

// functionAt is the function that an expression names; nil for none.
func functionAt(e ast.Expr, info *types.Info) *types.Func {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		fn, _ := info.Uses[e].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := info.Uses[e.Sel].(*types.Func)
		return fn
	}
	return nil
}
