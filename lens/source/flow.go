package source

import (
	"go/constant"
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// liveBlocks are the blocks that run, given the constants in conditions.
func liveBlocks(fn *ssa.Function) map[*ssa.BasicBlock]bool {
	live := map[*ssa.BasicBlock]bool{}
	if len(fn.Blocks) == 0 {
		return live
	}
	work := []*ssa.BasicBlock{fn.Blocks[0]}
	if fn.Recover != nil {
		work = append(work, fn.Recover)
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if live[b] {
			continue
		}
		live[b] = true
		work = append(work, liveSuccessors(b)...)
	}
	return live
}

func liveSuccessors(b *ssa.BasicBlock) []*ssa.BasicBlock {
	if len(b.Instrs) == 0 {
		return b.Succs
	}
	if branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If); ok {
		if value, known := constantBool(branch.Cond); known {
			if value {
				return b.Succs[:1]
			}
			return b.Succs[1:]
		}
	}
	return b.Succs
}

func constantBool(v ssa.Value) (value, known bool) {
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil && v.Value.Kind() == constant.Bool {
			return constant.BoolVal(v.Value), true
		}
	case *ssa.UnOp:
		if v.Op == token.NOT {
			value, known = constantBool(v.X)
			return !value, known
		}
	case *ssa.BinOp:
		x, okX := v.X.(*ssa.Const)
		y, okY := v.Y.(*ssa.Const)
		if okX && okY && x.Value != nil && y.Value != nil && isComparison(v.Op) && x.Value.Kind() == y.Value.Kind() {
			return constant.Compare(x.Value, v.Op, y.Value), true
		}
	}
	return false, false
}

func isComparison(op token.Token) bool {
	switch op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return true
	}
	return false
}

// returning are the blocks from which some path returns, taking calls of functions
// that only panic for ends.
func (j *judge) returning(fn *ssa.Function, live map[*ssa.BasicBlock]bool) map[*ssa.BasicBlock]bool {
	returns := map[*ssa.BasicBlock]bool{}
	var work []*ssa.BasicBlock
	ends := map[*ssa.BasicBlock]bool{}
	for b := range live {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Return:
				if !ends[b] && b != fn.Recover {
					work = append(work, b)
				}
			case *ssa.Call:
				if callee := instr.Call.StaticCallee(); callee != nil && callee != fn && j.panicsOnly(callee) {
					ends[b] = true
				}
			}
		}
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if returns[b] || ends[b] || !live[b] {
			continue
		}
		returns[b] = true
		work = append(work, b.Preds...)
	}
	return returns
}

// panicsOnly reports whether fn never returns because it panics.
func (j *judge) panicsOnly(fn *ssa.Function) bool {
	if len(fn.Blocks) == 0 || fn.Blocks[0] == nil {
		return false
	}
	if panics, ok := j.panicOnly[fn]; ok {
		return panics
	}
	j.panicOnly[fn] = false // a recursive function is taken to return
	live := liveBlocks(fn)
	j.panicOnly[fn] = endsInPanic(live) && !j.returning(fn, live)[fn.Blocks[0]]
	return j.panicOnly[fn]
}

func endsInPanic(blocks map[*ssa.BasicBlock]bool) bool {
	for b := range blocks {
		if n := len(b.Instrs); n > 0 {
			if _, ok := b.Instrs[n-1].(*ssa.Panic); ok {
				return true
			}
		}
	}
	return false
}

// endless reports whether what follows b is a panic rather than a loop that never
// ends.
func endless(b *ssa.BasicBlock, live map[*ssa.BasicBlock]bool) bool {
	seen := map[*ssa.BasicBlock]bool{}
	var stops func(b *ssa.BasicBlock) bool
	stops = func(b *ssa.BasicBlock) bool {
		if seen[b] || !live[b] {
			return false
		}
		seen[b] = true
		if len(b.Succs) == 0 {
			return true
		}
		for _, s := range b.Succs {
			if stops(s) {
				return true
			}
		}
		return false
	}
	return stops(b)
}
