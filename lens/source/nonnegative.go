package source

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// vanishes reports whether x becomes zero: each turn brings it nearer, and no shift
// keeps a negative value at −1.
func (p progress) vanishes(x ssa.Value) bool {
	return p.shrinks(x, false) && (isUnsigned(x.Type()) || p.noArithmeticShift(x))
}

// noArithmeticShift reports whether a signed value reaches zero: a negative one that
// is shifted right ends at −1.
func (p progress) noArithmeticShift(x ssa.Value) bool {
	phi := p.carried(unconverted(x))
	if phi == nil {
		return false
	}
	shifted, negative := false, false
	for i, e := range phi.Edges {
		if p.loop.blocks[phi.Block().Preds[i]] {
			b, ok := e.(*ssa.BinOp)
			if !ok {
				return false
			}
			shifted = shifted || b.Op == token.SHR
			continue
		}
		if s := p.sign(e, phi.Block().Preds[i]); s < stays {
			negative = true
		}
	}
	return !shifted || !negative
}

// notNegative reports whether a value is at least zero in each turn that another one
// follows: it is an index, or a condition says so of it or of a sum that it is part of.
func (p progress) notNegative(v ssa.Value) bool {
	for b := range p.loop.blocks {
		if !p.loop.passedByEachTurn(b) {
			continue
		}
		for _, instr := range b.Instrs {
			if i, ok := instr.(*ssa.IndexAddr); ok && i.Index == v {
				return true
			}
		}
	}
	for _, r := range *v.Referrers() {
		product, ok := r.(*ssa.BinOp)
		if !ok || factor(product) != v {
			continue
		}
		for _, r := range *product.Referrers() {
			sum, ok := r.(*ssa.BinOp)
			if ok && sum.Op == token.ADD && guarded(sum, p.loop.latches[0], token.GEQ) && len(p.loop.latches) == 1 {
				return true
			}
		}
	}
	return false
}

// wraps reports whether a counter of few bits can pass its limit without exceeding it:
// for i := uint8(0); i <= n; i++ with n = 255, or int(i) < n with a larger one.
func wraps(op token.Token, x, y ssa.Value) bool {
	if _, ok := y.(*ssa.Const); ok || !isInteger(x.Type()) {
		return false
	}
	from := narrow(x)
	return sizeOf(from) <= 2 && (op == token.LEQ || sizeOf(narrow(y)) > sizeOf(from))
}
