package source

import (
	"go/ast"
	"go/token"
	"go/types"
)

// blank is a blank variable that states the type of a value: var _ Source = (*Sine)(nil).
// The SSA form has nothing of it.
type blank struct {
	pos      token.Pos
	to, from types.Type
	// function that is the value; nil for none.
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
