package source

import (
	"go/constant"
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// halves reports whether x shrinks by division, shift or x & (x−1) while it is above
// the constant y.
func (p progress) halves(x, y ssa.Value, op token.Token) bool {
	c, ok := y.(*ssa.Const)
	if !ok || c.Value == nil || signOf(c.Value) < 0 || op == token.LEQ && signOf(c.Value) == 0 {
		return false
	}
	return p.shrinks(x)
}

func (p progress) shrinks(x ssa.Value) bool {
	x = unconverted(x)
	phi, ok := x.(*ssa.Phi)
	if !ok || phi.Block() != p.loop.head {
		return false
	}
	for _, latch := range p.loop.latches {
		if !p.smaller(phi, phi.Edges[predecessor(p.loop.head, latch)], 0) {
			return false
		}
	}
	return true
}

// smaller reports whether v is nearer to zero than the nonzero phi.
func (p progress) smaller(phi *ssa.Phi, v ssa.Value, depth int) bool {
	if depth > 8 {
		return false
	}
	switch v := v.(type) {
	case *ssa.Phi:
		if v == phi || !p.merges(v.Block()) {
			return false
		}
		for _, e := range v.Edges {
			if !p.smaller(phi, e, depth+1) {
				return false
			}
		}
		return true
	case *ssa.BinOp:
		if v.Op == token.REM && v.Y == phi {
			return true
		}
		if v.Op == token.AND && isMinusOne(v.Y, phi) && v.X == phi {
			return true
		}
		c, ok := v.Y.(*ssa.Const)
		if !ok || !positive(c) {
			return false
		}
		from := v.X == phi || p.smaller(phi, v.X, depth+1)
		switch v.Op {
		case token.SHR:
			return from
		case token.QUO:
			return from && compare(c.Value, token.GTR, constant.MakeInt64(1))
		}
	}
	return false
}

// isMinusOne reports whether v is x − 1.
func isMinusOne(v, x ssa.Value) bool {
	b, ok := v.(*ssa.BinOp)
	if !ok || b.X != x {
		return false
	}
	c, ok := b.Y.(*ssa.Const)
	if !ok || c.Value == nil {
		return false
	}
	n, exact := constant.Int64Val(constant.ToInt(c.Value))
	return exact && (b.Op == token.SUB && n == 1 || b.Op == token.ADD && n == -1)
}
