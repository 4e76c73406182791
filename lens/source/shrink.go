package source

import (
	"go/constant"
	"go/token"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// halves reports whether x shrinks by division, shift or x & (x−1) while it is above
// the constant y.
func (p progress) halves(x, y ssa.Value, op token.Token) bool {
	c, ok := y.(*ssa.Const)
	if !ok || c.Value == nil || signOf(c.Value) < 0 || op == token.LEQ && signOf(c.Value) == 0 {
		return false
	}
	return p.shrinks(x, true)
}

// shrinks reports whether each turn brings x nearer to zero. Positive: the turn has it
// above zero.
func (p progress) shrinks(x ssa.Value, positive bool) bool {
	if p.fieldShrinks(unconverted(x), positive) {
		return true
	}
	phi := p.carried(unconverted(x))
	if phi == nil {
		return false
	}
	for _, latch := range p.loop.latches {
		if !p.smaller(phi, phi.Edges[predecessor(p.loop.head, latch)], positive, 0) {
			return false
		}
	}
	return true
}

// carried is the variable at the loop's head that x is, or that each turn gives the
// value x; nil for none.
func (p progress) carried(x ssa.Value) *ssa.Phi {
	if phi, ok := x.(*ssa.Phi); ok && phi.Block() == p.loop.head {
		return phi
	}
	for _, instr := range p.loop.head.Instrs {
		phi, ok := instr.(*ssa.Phi)
		if !ok {
			break
		}
		all := true
		for _, latch := range p.loop.latches {
			all = all && phi.Edges[predecessor(p.loop.head, latch)] == x
		}
		if all {
			return phi
		}
	}
	return nil
}

// smaller reports whether v is nearer to zero than from, which is not zero: the variable
// at the loop's head, or a load of a field.
func (p progress) smaller(from, v ssa.Value, positive bool, depth int) bool {
	if depth > 8 {
		return false
	}
	switch v := v.(type) {
	case *ssa.Phi:
		if v == from || !p.merges(v.Block()) {
			return false
		}
		for _, e := range v.Edges {
			if !p.smaller(from, e, positive, depth+1) {
				return false
			}
		}
		return true
	case *ssa.BinOp:
		if v.Op == token.REM && p.one(v.Y, from) {
			return true
		}
		if v.Op == token.AND && p.isMinusOne(v.Y, from) && p.one(v.X, from) {
			return true
		}
		if (v.Op == token.AND_NOT || v.Op == token.XOR) && p.one(v.X, from) && p.isLowestBit(v.Y, from) {
			return true
		}
		// x -= x & -x
		if v.Op == token.SUB && p.one(v.X, from) && p.isLowBit(v.Y, from) {
			return true
		}
		c, ok := v.Y.(*ssa.Const)
		if !ok || !isPositive(c) {
			return false
		}
		nearer := p.one(v.X, from) || p.smaller(from, v.X, positive, depth+1) ||
			(positive || isUnsigned(from.Type())) && p.isMinusOne(v.X, from)
		switch v.Op {
		case token.SHR:
			return nearer
		case token.QUO:
			// g*10/13
			if m, ok := v.X.(*ssa.BinOp); ok && m.Op == token.MUL && p.one(m.X, from) {
				k, ok := m.Y.(*ssa.Const)
				return ok && isPositive(k) && compare(k.Value, token.LSS, c.Value)
			}
			return nearer && compare(c.Value, token.GTR, constant.MakeInt64(1))
		}
	}
	return false
}

// isLowestBit reports whether v is 1 << bits.TrailingZeros(x).
func (p progress) isLowestBit(v, x ssa.Value) bool {
	shift, ok := unconverted(v).(*ssa.BinOp)
	if !ok || shift.Op != token.SHL {
		return false
	}
	if one, ok := number(shift.X); !ok || one != 1 {
		return false
	}
	call, ok := unconverted(shift.Y).(*ssa.Call)
	if !ok {
		return false
	}
	fn := call.Call.StaticCallee()
	return fn != nil && pathOf(fn) == "math/bits" && strings.HasPrefix(fn.Name(), "TrailingZeros") && p.one(unconverted(call.Call.Args[0]), unconverted(x))
}

// isLowBit reports whether v is x & −x.
func (p progress) isLowBit(v, x ssa.Value) bool {
	and, ok := v.(*ssa.BinOp)
	if !ok || and.Op != token.AND || !p.one(and.X, x) {
		return false
	}
	minus, ok := and.Y.(*ssa.UnOp)
	return ok && minus.Op == token.SUB && p.one(minus.X, x)
}

// isMinusOne reports whether v is x − 1.
func (p progress) isMinusOne(v, x ssa.Value) bool {
	b, ok := v.(*ssa.BinOp)
	if !ok || !p.one(b.X, x) {
		return false
	}
	c, ok := b.Y.(*ssa.Const)
	if !ok || c.Value == nil {
		return false
	}
	n, exact := constant.Int64Val(constant.ToInt(c.Value))
	return exact && (b.Op == token.SUB && n == 1 || b.Op == token.ADD && n == -1)
}
