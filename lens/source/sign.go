package source

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// sign is how a value changes a sum that it is added to in block at.
func (p progress) sign(v ssa.Value, at *ssa.BasicBlock) change {
	whole := v
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
		case token.MUL:
			if x >= stays && y >= stays {
				return min(x, y)
			}
		case token.SHL:
			if x == rises {
				return climbs
			}
		case token.SHR, token.QUO:
			if c, ok := v.Y.(*ssa.Const); ok && isPositive(c) && x >= stays {
				return climbs
			}
		}
	case *ssa.Phi:
		if c := p.counter(v, at); c != unknown {
			return c
		}
	case *ssa.Call:
		if _, ok := lengthOf(v); ok && !guarded(v, at, token.GTR) {
			return climbs
		}
		if c := p.builtin(v, at); c != unknown {
			return c
		}
	}
	switch {
	case guarded(v, at, token.GTR):
		return rises
	case guarded(v, at, token.GEQ), widened(whole):
		return climbs
	}
	return unknown
}

// widened reports whether the value is not negative by its type, also where it was
// converted to an int.
func widened(v ssa.Value) bool {
	from := unconverted(v)
	return isUnsigned(from.Type()) && (from == v || sizeOf(from.Type()) <= 4)
}

// builtin is the sign of what min, max and copy return.
func (p progress) builtin(call *ssa.Call, at *ssa.BasicBlock) change {
	b, ok := call.Call.Value.(*ssa.Builtin)
	if !ok {
		return unknown
	}
	args := call.Call.Args
	switch b.Name() {
	case "max":
		for _, a := range args {
			if p.sign(a, at) == rises {
				return rises
			}
		}
	case "min":
		least := rises
		for _, a := range args {
			switch c := p.sign(a, at); {
			case c < stays:
				return unknown
			case c < least:
				least = c
			}
		}
		return least
	case "copy":
		if guarded(call, at, token.GTR) || p.filled(args[0], at) && p.filled(args[1], at) {
			return rises
		}
		return climbs
	}
	return unknown
}

// filled reports whether a slice or string is not empty: all of an array, or one that a
// condition compares with "", or its length with zero.
func (p progress) filled(v ssa.Value, at *ssa.BasicBlock) bool {
	if s, ok := v.(*ssa.Slice); ok && s.Low == nil && s.High == nil && arrayLength(s.X.Type()) > 0 {
		return true
	}
	if v.Referrers() == nil {
		return false
	}
	for _, r := range *v.Referrers() {
		if call, ok := r.(*ssa.Call); ok {
			if of, ok := lengthOf(call); ok && of == v && guarded(call, at, token.GTR) {
				return true
			}
		}
		if cond, ok := r.(*ssa.BinOp); ok && (cond.Op == token.NEQ || cond.Op == token.EQL) && isEmptyString(cond.Y) && holds(cond, cond.Op == token.NEQ, at) {
			return true
		}
	}
	return false
}

func isEmptyString(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.Value != nil && c.Value.Kind() == constant.String && constant.StringVal(c.Value) == ""
}

// holds reports whether every path to a block passes a branch where a condition has the
// value outcome.
func holds(cond *ssa.BinOp, outcome bool, at *ssa.BasicBlock) bool {
	for _, r := range *cond.Referrers() {
		branch, ok := r.(*ssa.If)
		if !ok {
			continue
		}
		next := branch.Block().Succs[1]
		if outcome {
			next = branch.Block().Succs[0]
		}
		if len(next.Preds) == 1 && next.Dominates(at) {
			return true
		}
	}
	return false
}

// counter is the sign of a variable of a loop that begins above zero, and to which each
// turn adds, or which it multiplies.
func (p progress) counter(phi *ssa.Phi, at *ssa.BasicBlock) change {
	if p.inner[phi] {
		return unknown
	}
	p.inner[phi] = true
	defer delete(p.inner, phi)
	looped, least := false, rises
	for i, e := range phi.Edges {
		if !phi.Block().Dominates(phi.Block().Preds[i]) {
			c := p.sign(e, at)
			if c < stays {
				return unknown
			}
			least = min(least, c)
			continue
		}
		looped = true
		next, ok := e.(*ssa.BinOp)
		if !ok {
			return unknown
		}
		if factor(next) == phi {
			continue
		}
		if next.Op != token.ADD || next.X != phi || p.sign(next.Y, at) < stays {
			return unknown
		}
	}
	if !looped {
		return unknown
	}
	return least
}

// guarded reports whether a condition on every path to a block has v above zero, or,
// with token.GEQ, not below it.
func guarded(v ssa.Value, at *ssa.BasicBlock, least token.Token) bool {
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
		if !equal(unconverted(x), v) || !ok || c.Value == nil {
			continue
		}
		s := signOf(c.Value)
		if least == token.GEQ && op == token.GEQ && s >= 0 {
			return true
		}
		if op == token.GTR && s >= 0 || op == token.GEQ && s > 0 || op == token.NEQ && s == 0 && (isUnsigned(v.Type()) || isCount(v)) {
			return true
		}
	}
	return false
}

// equal reports whether two values are one, or two lengths of one slice.
func equal(x, y ssa.Value) bool {
	if x == y {
		return true
	}
	a, ok := x.(*ssa.Call)
	b, ok2 := y.(*ssa.Call)
	if !ok || !ok2 {
		return false
	}
	s, ok := lengthOf(a)
	t, ok2 := lengthOf(b)
	return ok && ok2 && s == t && isCap(a) == isCap(b)
}

// isCount reports whether v is what len, cap or copy returns.
func isCount(v ssa.Value) bool {
	call, ok := v.(*ssa.Call)
	if !ok {
		return false
	}
	b, ok := call.Call.Value.(*ssa.Builtin)
	return ok && (b.Name() == "len" || b.Name() == "cap" || b.Name() == "copy")
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

func isPositive(c *ssa.Const) bool { return c.Value != nil && signOf(c.Value) > 0 }

// always reports whether a comparison with the limit of a type holds for each value.
func always(op token.Token, x, y ssa.Value) bool {
	if c, ok := x.(*ssa.Const); ok && op == token.LEQ && c.Value != nil && signOf(c.Value) == 0 && isUnsigned(y.Type()) {
		return true // for i := n; i >= 0; i-- with i unsigned
	}
	c, ok := y.(*ssa.Const)
	b, basic := narrow(x).Underlying().(*types.Basic)
	if !ok || !basic || c.Value == nil || op != token.LEQ && op != token.LSS || b.Info()&types.IsInteger == 0 {
		return false
	}
	bits := uint(sizeOf(b) * 8)
	if b.Info()&types.IsUnsigned == 0 {
		bits--
	}
	top := constant.BinaryOp(constant.Shift(constant.MakeInt64(1), token.SHL, bits), token.SUB, constant.MakeInt64(1))
	if op == token.LSS {
		return compare(c.Value, token.GTR, top)
	}
	return compare(c.Value, token.GEQ, top)
}

// narrow is the type of a number before it was converted to a larger one.
func narrow(x ssa.Value) types.Type {
	if c, ok := x.(*ssa.Convert); ok && isInteger(c.X.Type()) && sizeOf(c.X.Type()) < sizeOf(c.Type()) {
		return c.X.Type()
	}
	return x.Type()
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
