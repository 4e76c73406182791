package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// invariant reports whether the loop does not change v, as far as this function
// shows: a load counts as unchanged when the loop stores to no such place.
func (p progress) invariant(v ssa.Value, depth int) bool {
	if depth > 8 {
		return false
	}
	instr, ok := v.(ssa.Instruction)
	if !ok || !p.loop.blocks[instr.Block()] {
		return true
	}
	all := func(operands ...ssa.Value) bool {
		for _, o := range operands {
			if !p.invariant(o, depth+1) {
				return false
			}
		}
		return true
	}
	switch v := v.(type) {
	case *ssa.BinOp:
		return all(v.X, v.Y)
	case *ssa.Convert:
		return all(v.X)
	case *ssa.ChangeType:
		return all(v.X)
	case *ssa.Field:
		return all(v.X)
	case *ssa.FieldAddr:
		return all(v.X)
	case *ssa.IndexAddr:
		return all(v.X, v.Index)
	case *ssa.Index:
		return all(v.X, v.Index)
	case *ssa.Slice:
		return (v.Low == nil || all(v.Low)) && (v.High == nil || all(v.High)) && all(v.X)
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return all(v.X) && !p.storedTo(v.X) && !p.storedToByCalls(v.X)
		}
		return v.Op != token.ARROW && all(v.X)
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok {
			switch b.Name() {
			case "len", "cap", "min", "max":
				return all(v.Call.Args...)
			}
			return false
		}
		// A method that only reads, such as Len.
		callee := v.Call.StaticCallee()
		return callee != nil && all(v.Call.Args...) && p.reads(callee)
	}
	return false
}

// reads reports whether fn is short and changes nothing: no store, no call, no
// atomic.
func (p progress) reads(fn *ssa.Function) bool {
	if len(fn.Blocks) != 1 || len(fn.Blocks[0].Instrs) > 16 {
		return false
	}
	for _, instr := range fn.Blocks[0].Instrs {
		switch instr := instr.(type) {
		case *ssa.Store, *ssa.Go, *ssa.Defer, *ssa.Send, *ssa.MapUpdate:
			return false
		case *ssa.UnOp:
			if instr.Op == token.ARROW {
				return false
			}
		case *ssa.Call:
			if b, ok := instr.Call.Value.(*ssa.Builtin); !ok || b.Name() != "len" && b.Name() != "cap" {
				return false
			}
		}
	}
	return true
}

// storedTo reports whether the loop stores to the place at addr, or to the same
// field of some value.
func (p progress) storedTo(addr ssa.Value) bool {
	for b := range p.loop.blocks {
		for _, instr := range b.Instrs {
			s, ok := instr.(*ssa.Store)
			if !ok {
				continue
			}
			if s.Addr == addr || samePlace(s.Addr, addr) {
				return true
			}
		}
	}
	return false
}

// storedToByCalls reports whether a function that the loop calls stores to the place at
// addr.
func (p progress) storedToByCalls(addr ssa.Value) bool {
	for b := range p.loop.blocks {
		for _, instr := range b.Instrs {
			if call, ok := instr.(*ssa.Call); ok && p.storesIn(&call.Call, addr, nil) {
				return true
			}
		}
	}
	return false
}

// storesIn reports whether the function of a call, or one that it calls, stores to the
// place at addr.
func (p progress) storesIn(call *ssa.CallCommon, addr ssa.Value, f *frame) bool {
	callee := call.StaticCallee()
	if callee == nil || !p.own(callee) || f.depth() == maxFrames {
		return false
	}
	inner := &frame{call, callee, f}
	for _, b := range callee.Blocks {
		for _, instr := range b.Instrs {
			switch i := instr.(type) {
			case *ssa.Store:
				if inner.isPlace(i.Addr, addr) {
					return true
				}
			case *ssa.Call:
				if p.storesIn(&i.Call, addr, inner) {
					return true
				}
			}
		}
	}
	return false
}

func samePlace(a, b ssa.Value) bool {
	switch a := a.(type) {
	case *ssa.FieldAddr:
		b, ok := b.(*ssa.FieldAddr)
		return ok && a.Field == b.Field && types.Identical(a.X.Type(), b.X.Type())
	case *ssa.IndexAddr:
		b, ok := b.(*ssa.IndexAddr)
		return ok && types.Identical(a.X.Type(), b.X.Type())
	}
	return false
}
