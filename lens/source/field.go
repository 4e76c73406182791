package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// A loop's condition may load a field, as in for p.at < len(p.text). Such a field is a
// counter where every store in the loop moves it in one direction, each turn passes one of
// them, and nothing that the loop calls can store to it. What other threads do is not
// looked at.

// field is the change over a turn of a field that v loads: a number, or the length of a
// slice or string.
func (p progress) field(v ssa.Value) change {
	total := unknown
	for _, s := range p.storesTo(v) {
		c := p.stored(s)
		if c != rises && c != falls || total != unknown && c != total {
			return unknown
		}
		total = c
	}
	return total
}

// fieldShrinks reports whether each turn brings a field that v loads nearer to zero.
func (p progress) fieldShrinks(v ssa.Value, positive bool) bool {
	stores := p.storesTo(v)
	for _, s := range stores {
		if !p.smaller(v, s.Val, positive, 0) {
			return false
		}
	}
	return len(stores) > 0
}

// fieldByOne reports whether each turn moves a field that v loads by one.
func (p progress) fieldByOne(v ssa.Value) bool {
	stores := p.storesTo(v)
	if len(stores) != 1 {
		return false
	}
	sum, ok := stores[0].Val.(*ssa.BinOp)
	if !ok || sum.Op != token.ADD && sum.Op != token.SUB || !p.one(sum.X, v) {
		return false
	}
	n, ok := number(sum.Y)
	return ok && n == 1
}

// storesTo lists the stores of the loop to the field that v loads, where each turn passes
// one of them and nothing else can change the field; nil otherwise.
func (p progress) storesTo(v ssa.Value) (list []*ssa.Store) {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL || !p.loop.blocks[load.Block()] {
		return nil
	}
	addr, ok := load.X.(*ssa.FieldAddr)
	if !ok || !p.invariant(addr.X, 0) {
		return nil
	}
	passed := false
	for b := range p.loop.blocks {
		for _, instr := range b.Instrs {
			switch i := instr.(type) {
			case *ssa.Store:
				if samePlace(i.Addr, addr) {
					list = append(list, i)
					passed = passed || sameField(i.Addr, addr) && p.loop.passedByEachTurn(b)
				} else if holdsField(i.Val.Type(), addr) {
					return nil
				}
			case ssa.CallInstruction:
				if !p.harmless(i.Common()) {
					return nil
				}
			}
		}
	}
	if !passed {
		return nil
	}
	return list
}

// holdsField reports whether a value of type t has the field at addr in it.
func holdsField(t types.Type, addr *ssa.FieldAddr) bool {
	switch u := t.Underlying().(type) {
	case *types.Struct:
		if p, ok := addr.X.Type().Underlying().(*types.Pointer); ok && types.Identical(p.Elem(), t) {
			return true
		}
		for f := range u.Fields() {
			if holdsField(f.Type(), addr) {
				return true
			}
		}
	case *types.Array:
		return holdsField(u.Elem(), addr)
	}
	return false
}

// stored is the change from a field, as this turn has found it, to what a store puts in
// it.
func (p progress) stored(s *ssa.Store) change {
	found := func(v ssa.Value) bool {
		load, ok := v.(*ssa.UnOp)
		return ok && load.Op == token.MUL && sameField(load.X, s.Addr) && p.loop.blocks[load.Block()]
	}
	switch v := s.Val.(type) {
	case *ssa.BinOp:
		switch {
		case !found(v.X):
		case v.Op == token.ADD:
			return p.sign(v.Y, v.Block())
		case v.Op == token.SUB:
			return negative(p.sign(v.Y, v.Block()))
		}
	case *ssa.Slice:
		switch {
		case !found(v.X):
		case v.Low != nil && v.High == nil && p.sign(v.Low, v.Block()) == rises:
			return falls
		case v.Low == nil && v.High != nil && v.Max == nil:
			shorter, ok := v.High.(*ssa.BinOp)
			if !ok || shorter.Op != token.SUB || p.sign(shorter.Y, shorter.Block()) != rises {
				return unknown
			}
			if length, ok := shorter.X.(*ssa.Call); ok {
				if of, ok := lengthOf(length); ok && !isCap(length) && found(of) {
					return falls
				}
			}
		}
	}
	return unknown
}

// one reports whether two values are one, or loads of one field in one turn of the loop.
func (p progress) one(x, y ssa.Value) bool {
	if x == y {
		return true
	}
	a, ok := x.(*ssa.UnOp)
	b, ok2 := y.(*ssa.UnOp)
	return ok && ok2 && a.Op == token.MUL && b.Op == token.MUL && sameField(a.X, b.X) &&
		p.loop.blocks[a.Block()] && p.loop.blocks[b.Block()]
}

// sameField reports whether two addresses are one field of one value.
func sameField(x, y ssa.Value) bool {
	a, ok := x.(*ssa.FieldAddr)
	b, ok2 := y.(*ssa.FieldAddr)
	return ok && ok2 && a.Field == b.Field && (a.X == b.X || sameField(a.X, b.X) || sameVariable(a.X, b.X))
}

// sameVariable reports whether two values are loads of one variable, such as one that a
// closure shares with the function around it.
func sameVariable(x, y ssa.Value) bool {
	a, ok := x.(*ssa.UnOp)
	b, ok2 := y.(*ssa.UnOp)
	return ok && ok2 && a.Op == token.MUL && b.Op == token.MUL && a.X == b.X
}

// harmless reports whether a call changes no field: of a built-in function, of one that
// only reads, or of the standard library without a function as an argument.
func (p progress) harmless(call *ssa.CallCommon) bool {
	if _, ok := call.Value.(*ssa.Builtin); ok {
		return true
	}
	callee := call.StaticCallee()
	if callee == nil {
		return false
	}
	if p.reads(callee) {
		return true
	}
	switch pathOf(callee) {
	case "math", "math/bits", "encoding/binary", "unicode", "unicode/utf8", "sync/atomic", "bytes", "strings":
		return funcParams(callee.Signature) == 0
	}
	return false
}
