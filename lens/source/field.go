package source

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// A loop's condition may load a variable that is in memory, as in for p.at < len(p.text).
// Such a variable is a counter where every store in the loop moves it in one direction and
// each turn passes one of them, here or in a function that the loop calls. What other
// threads do is not looked at.

// field is the change over a turn of the variable that v loads: a number, or the length
// of a slice or string.
func (p progress) field(v ssa.Value) change {
	addr := p.place(v)
	if addr == nil {
		return unknown
	}
	total, strict := stays, false
	for b := range p.loop.blocks {
		for _, instr := range b.Instrs {
			c := p.moves(instr, addr, nil)
			if c == unknown || total != stays && c != stays && (c > stays) != (total > stays) {
				return unknown
			}
			if c != stays {
				total = c
			}
			strict = strict || (c == rises || c == falls) && p.loop.passedByEachTurn(b)
		}
	}
	switch {
	case !strict:
		return unknown
	case total > stays:
		return rises
	}
	return falls
}

// fieldShrinks reports whether each turn brings the variable that v loads nearer to zero.
func (p progress) fieldShrinks(v ssa.Value, positive bool) bool {
	stores := p.storesTo(v)
	for _, s := range stores {
		if !p.smaller(v, s.Val, positive, 0) {
			return false
		}
	}
	return len(stores) > 0
}

// fieldByOne reports whether each turn moves the variable that v loads by one.
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

// place is the address of the variable that the loop loads v from, nil where it may be
// another one each turn.
func (p progress) place(v ssa.Value) ssa.Value {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL || !p.loop.blocks[load.Block()] {
		return nil
	}
	if _, slice := load.Type().Underlying().(*types.Slice); !slice && !isInteger(load.Type()) && !isString(load.Type()) {
		return nil
	}
	switch addr := load.X.(type) {
	case *ssa.FieldAddr:
		if p.invariant(addr.X, 0) {
			return addr
		}
	case *ssa.IndexAddr:
		if p.invariant(addr.X, 0) && p.invariant(addr.Index, 0) {
			return addr
		}
	case *ssa.Global, *ssa.Parameter, *ssa.FreeVar, *ssa.Alloc:
		return addr
	}
	return nil
}

// storesTo lists the stores of the loop to the variable that v loads, where each turn
// passes one of them and no call can change it; nil otherwise.
func (p progress) storesTo(v ssa.Value) (list []*ssa.Store) {
	addr := p.place(v)
	if addr == nil {
		return nil
	}
	passed := false
	for b := range p.loop.blocks {
		for _, instr := range b.Instrs {
			if s, ok := instr.(*ssa.Store); ok && mayBe(s.Addr, addr) {
				list = append(list, s)
				passed = passed || sameField(s.Addr, addr) && p.loop.passedByEachTurn(b)
			} else if p.moves(instr, addr, nil) != stays {
				return nil
			}
		}
	}
	if !passed {
		return nil
	}
	return list
}

// frame is a call that is being looked into.
type frame struct {
	call  *ssa.CallCommon
	fn    *ssa.Function
	outer *frame
}

// maxFrames bounds how deep calls are looked into.
const maxFrames = 3

// depth is the number of calls.
func (f *frame) depth() (n int) {
	for ; f != nil; f = f.outer {
		n++
	}
	return n
}

// outside is a value of the function that is called as the loop's function has it; nil
// where the call does not pass it.
func (f *frame) outside(v ssa.Value) ssa.Value {
	if f == nil {
		return v
	}
	switch v := v.(type) {
	case *ssa.Parameter:
		if i := paramIndex(v); i >= 0 && i < len(f.call.Args) {
			return f.outer.outside(f.call.Args[i])
		}
	case *ssa.FreeVar:
		closure, ok := f.call.Value.(*ssa.MakeClosure)
		for i, free := range f.fn.FreeVars {
			if ok && free == v {
				return f.outer.outside(closure.Bindings[i])
			}
		}
	case *ssa.Global, *ssa.Const:
		return v
	}
	return nil
}

// isPlace reports whether an address in the function that is called is the variable addr.
func (f *frame) isPlace(x, addr ssa.Value) bool {
	if f == nil {
		return sameField(x, addr)
	}
	if v := f.outside(x); v != nil {
		return sameField(v, addr)
	}
	a, ok := x.(*ssa.FieldAddr)
	b, ok2 := addr.(*ssa.FieldAddr)
	if ok && ok2 && a.Field == b.Field {
		return f.isPlace(a.X, b.X)
	}
	return false
}

// moves is the change of the variable at addr by one instruction.
func (p progress) moves(instr ssa.Instruction, addr ssa.Value, f *frame) change {
	switch i := instr.(type) {
	case *ssa.Store:
		if mayBe(i.Addr, addr) {
			return p.stored(i, addr, f)
		}
		if field, ok := addr.(*ssa.FieldAddr); ok && holdsField(i.Val.Type(), field) {
			return unknown
		}
	case *ssa.Call:
		return p.called(&i.Call, addr, f)
	case *ssa.Go, *ssa.Defer:
		return unknown
	}
	return stays
}

// called is the change of the variable at addr by a call.
func (p progress) called(call *ssa.CallCommon, addr ssa.Value, f *frame) change {
	if _, ok := call.Value.(*ssa.Builtin); ok {
		return stays
	}
	callee := call.StaticCallee()
	switch {
	case callee == nil:
		return unknown
	case len(callee.Blocks) == 0 || !p.own(callee):
		if isPure(callee) && !slices.ContainsFunc(call.Args, func(arg ssa.Value) bool { return mayBe(arg, addr) }) {
			return stays
		}
		return unknown
	case f.depth() == maxFrames:
		return unknown
	}
	inner := &frame{call, callee, f}
	total, strict := stays, false
	for _, b := range callee.Blocks {
		for _, instr := range b.Instrs {
			c := p.moves(instr, addr, inner)
			if c == unknown || total != stays && c != stays && (c > stays) != (total > stays) {
				return unknown
			}
			if c != stays {
				total = c
			}
			strict = strict || (c == rises || c == falls) && beforeEachReturn(b)
		}
	}
	switch {
	case total == stays:
		return stays
	case total > stays && strict:
		return rises
	case total > stays:
		return climbs
	case strict:
		return falls
	}
	return sinks
}

// isPure reports whether a function of the standard library changes no variable but what
// a slice or pointer that it is given leads to.
func isPure(fn *ssa.Function) bool {
	switch pathOf(fn) {
	case "math", "math/bits", "encoding/binary", "unicode", "unicode/utf8", "sync/atomic", "bytes", "strings":
		return funcParams(fn.Signature) == 0
	}
	return false
}

// beforeEachReturn reports whether a function does not return without passing b.
func beforeEachReturn(b *ssa.BasicBlock) bool {
	for _, other := range b.Parent().Blocks {
		if len(other.Instrs) == 0 {
			continue
		}
		if _, ok := other.Instrs[len(other.Instrs)-1].(*ssa.Return); ok && other != b.Parent().Recover && !b.Dominates(other) {
			return false
		}
	}
	return true
}

// stored is the change from a variable, as this turn has found it, to what a store puts
// in it.
func (p progress) stored(s *ssa.Store, addr ssa.Value, f *frame) change {
	if !f.isPlace(s.Addr, addr) {
		return unknown
	}
	found := func(v ssa.Value) bool {
		load, ok := v.(*ssa.UnOp)
		return ok && load.Op == token.MUL && sameField(load.X, s.Addr) && (f != nil || p.loop.blocks[load.Block()])
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

// mayBe reports whether a store at x can change the variable at addr. Fields and elements
// of other types are other variables, and so are variables that have names; a pointer can
// lead to any variable of its type.
func mayBe(x, addr ssa.Value) bool {
	switch addr.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		if samePlace(x, addr) {
			return true
		}
	}
	return x == addr || isPointer(x) && types.Identical(x.Type(), addr.Type()) || isPointer(addr) && types.Identical(x.Type(), addr.Type())
}

// isPointer reports whether an address is that of no variable that is known.
func isPointer(addr ssa.Value) bool {
	switch addr.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Global, *ssa.Alloc:
		return false
	}
	return true
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

// one reports whether two values are one, or loads of one variable in one turn of the
// loop.
func (p progress) one(x, y ssa.Value) bool {
	if x == y {
		return true
	}
	a, ok := x.(*ssa.UnOp)
	b, ok2 := y.(*ssa.UnOp)
	return ok && ok2 && a.Op == token.MUL && b.Op == token.MUL && sameField(a.X, b.X) &&
		p.loop.blocks[a.Block()] && p.loop.blocks[b.Block()]
}

// sameField reports whether two addresses are one field of one value, or one element.
func sameField(x, y ssa.Value) bool {
	if x == y {
		return true
	}
	switch a := x.(type) {
	case *ssa.FieldAddr:
		b, ok := y.(*ssa.FieldAddr)
		return ok && a.Field == b.Field && (sameField(a.X, b.X) || sameVariable(a.X, b.X))
	case *ssa.IndexAddr:
		b, ok := y.(*ssa.IndexAddr)
		return ok && (sameField(a.X, b.X) || sameVariable(a.X, b.X)) && sameNumber(a.Index, b.Index)
	}
	return false
}

// sameNumber reports whether two values are one, or one operation on one value and one
// constant.
func sameNumber(x, y ssa.Value) bool {
	if x == y {
		return true
	}
	if m, ok := number(x); ok {
		n, ok := number(y)
		return ok && m == n
	}
	a, ok := x.(*ssa.BinOp)
	b, ok2 := y.(*ssa.BinOp)
	return ok && ok2 && a.Op == b.Op && sameNumber(a.X, b.X) && sameNumber(a.Y, b.Y)
}

// sameVariable reports whether two values are loads of one variable, such as one that a
// closure shares with the function around it.
func sameVariable(x, y ssa.Value) bool {
	a, ok := x.(*ssa.UnOp)
	b, ok2 := y.(*ssa.UnOp)
	return ok && ok2 && a.Op == token.MUL && b.Op == token.MUL && a.X == b.X
}
