package source

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

func isOne(c *ssa.Const) bool {
	n, exact := constant.Int64Val(constant.ToInt(c.Value))
	return exact && n == 1
}

func isLength(v ssa.Value) bool {
	call, ok := unconverted(v).(*ssa.Call)
	if !ok {
		return false
	}
	_, ok = lengthOf(call)
	return ok
}

// lengthOf returns x of len(x) or cap(x).
func lengthOf(call *ssa.Call) (ssa.Value, bool) {
	b, ok := call.Call.Value.(*ssa.Builtin)
	if !ok || b.Name() != "len" && b.Name() != "cap" {
		return nil, false
	}
	return call.Call.Args[0], true
}

func isUnsigned(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsUnsigned != 0
}

func isFloat(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsFloat != 0
}

// signOf is the sign of a number, 1 for another constant.
func signOf(v constant.Value) int {
	if v.Kind() != constant.Int && v.Kind() != constant.Float {
		return 1
	}
	return constant.Sign(v)
}

// compare compares two numbers; it is false for other constants.
func compare(x constant.Value, op token.Token, y constant.Value) bool {
	number := func(v constant.Value) bool { return v.Kind() == constant.Int || v.Kind() == constant.Float }
	return number(x) && number(y) && constant.Compare(x, op, y)
}
