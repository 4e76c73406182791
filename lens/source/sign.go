package source

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// sign is how a value changes a sum that it is added to in block at.
func (p progress) sign(v ssa.Value, at *ssa.BasicBlock) change {
	switch v := unconverted(v).(type) {
	case *ssa.Const:
		if v.Value == nil || v.Value.Kind() != constant.Int && v.Value.Kind() != constant.Float {
			return unknown
		}
		switch signOf(v.Value) {
		case 1:
			return rises
		case -1:
			return falls
		}
		return stays
	case *ssa.Extract:
		// The size that utf8.DecodeRune returns, for a part that is not empty.
		if call, ok := v.Tuple.(*ssa.Call); ok && v.Index == 1 {
			if fn := call.Call.StaticCallee(); fn != nil && fn.Pkg != nil && fn.Pkg.Pkg.Path() == "unicode/utf8" {
				return rises
			}
		}
	case *ssa.BinOp:
		// 1 + x for a length x, 1 << k, x | 1
		x, y := p.sign(v.X, at), p.sign(v.Y, at)
		switch v.Op {
		case token.ADD:
			return plus(x, y)
		case token.SHL:
			if x == rises {
				return climbs
			}
		}
	case *ssa.Call:
		if _, ok := lengthOf(v); ok {
			return climbs
		}
		if b, ok := v.Call.Value.(*ssa.Builtin); ok && b.Name() == "max" {
			for _, a := range v.Call.Args {
				if p.sign(a, at) == rises {
					return rises
				}
			}
		}
	}
	if guarded(v, at) {
		return rises
	}
	return unknown
}

// guarded reports whether a condition on every path to a block makes v positive.
func guarded(v ssa.Value, at *ssa.BasicBlock) bool {
	v = unconverted(v)
	for b := at; b.Idom() != nil; b = b.Idom() {
		dom := b.Idom()
		branch, ok := dom.Instrs[len(dom.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		cond, ok := branch.Cond.(*ssa.BinOp)
		if !ok {
			continue
		}
		onTrue := len(dom.Succs[0].Preds) == 1 && dom.Succs[0].Dominates(at)
		onFalse := len(dom.Succs[1].Preds) == 1 && dom.Succs[1].Dominates(at)
		if onTrue == onFalse {
			continue
		}
		op, x, y := cond.Op, cond.X, cond.Y
		if onFalse {
			op = negated(op)
		}
		if _, swapped := x.(*ssa.Const); swapped {
			op, x, y = mirrored(op), y, x
		}
		c, ok := y.(*ssa.Const)
		if unconverted(x) != v || !ok || c.Value == nil {
			continue
		}
		s := signOf(c.Value)
		if op == token.GTR && s >= 0 || op == token.GEQ && s > 0 || op == token.NEQ && s == 0 && isUnsigned(v.Type()) {
			return true
		}
	}
	return false
}

// mirrored is the comparison with its operands exchanged.
func mirrored(op token.Token) token.Token {
	switch op {
	case token.LSS:
		return token.GTR
	case token.LEQ:
		return token.GEQ
	case token.GTR:
		return token.LSS
	case token.GEQ:
		return token.LEQ
	}
	return op
}

func positive(c *ssa.Const) bool { return c.Value != nil && signOf(c.Value) > 0 }

// always reports whether a comparison with the limit of a type holds for each value.
func always(op token.Token, x, y ssa.Value) bool {
	if c, ok := x.(*ssa.Const); ok && op == token.LEQ && c.Value != nil && signOf(c.Value) == 0 && isUnsigned(y.Type()) {
		return true // for i := n; i >= 0; i-- with i unsigned
	}
	c, ok := y.(*ssa.Const)
	b, basic := x.Type().Underlying().(*types.Basic)
	if !ok || !basic || c.Value == nil || op != token.LEQ || b.Info()&types.IsInteger == 0 {
		return false
	}
	bits := uint(sizeOf(b) * 8)
	if b.Info()&types.IsUnsigned == 0 {
		bits--
	}
	top := constant.BinaryOp(constant.Shift(constant.MakeInt64(1), token.SHL, bits), token.SUB, constant.MakeInt64(1))
	return compare(c.Value, token.EQL, top)
}

// floats reports whether a float counts between constants in steps that its
// precision can hold.
func (p progress) floats(x, y ssa.Value) bool {
	limit, ok := y.(*ssa.Const)
	phi, isPhi := x.(*ssa.Phi)
	falling := false
	if !ok || !isPhi {
		limit, ok = x.(*ssa.Const)
		phi, isPhi = y.(*ssa.Phi)
		falling = true
	}
	if !ok || !isPhi || limit.Value == nil || phi.Block() != p.loop.head {
		return false
	}
	for i, e := range phi.Edges {
		if !p.loop.blocks[p.loop.head.Preds[i]] {
			if _, ok := e.(*ssa.Const); !ok {
				return false
			}
			continue
		}
		b, ok := e.(*ssa.BinOp)
		if !ok || b.X != phi {
			return false
		}
		c, ok := b.Y.(*ssa.Const)
		if !ok || c.Value == nil {
			return false
		}
		up := b.Op == token.ADD && signOf(c.Value) > 0 || b.Op == token.SUB && signOf(c.Value) < 0
		down := b.Op == token.SUB && signOf(c.Value) > 0 || b.Op == token.ADD && signOf(c.Value) < 0
		stepSize, _ := constant.Float64Val(c.Value)
		bound, _ := constant.Float64Val(limit.Value)
		if falling && !down || !falling && !up || abs(stepSize) < abs(bound)*1e-6 {
			return false
		}
	}
	return true
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
