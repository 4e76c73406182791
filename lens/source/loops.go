package source

import (
	"go/ast"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// unbounded is a loop for which no bound is evident.
type unbounded struct {
	head    *ssa.BasicBlock
	pos     token.Pos
	message string
}

// naturalLoop is the set of blocks between a head and the branches back to it.
type naturalLoop struct {
	head   *ssa.BasicBlock
	blocks map[*ssa.BasicBlock]bool
	// latches are the blocks that branch back.
	latches []*ssa.BasicBlock
}

// loops lists the loops of fn that no evident bound ends: neither a range, nor a
// counter, nor something that shrinks each turn.
func (j *judge) loops(fn *ssa.Function, live map[*ssa.BasicBlock]bool) []unbounded {
	if fn.Synthetic != "" && fn.Syntax() == nil {
		return nil
	}
	var found []unbounded
	for _, l := range naturalLoops(fn, live) {
		if j.bounded(l) {
			continue
		}
		found = append(found, unbounded{l.head, l.place(fn), "no bound of the loop is evident; count its turns, or declare them with //rt:bound"})
	}
	return found
}

// naturalLoops finds the loops of fn, one for each head.
func naturalLoops(fn *ssa.Function, live map[*ssa.BasicBlock]bool) []*naturalLoop {
	byHead := map[*ssa.BasicBlock]*naturalLoop{}
	var list []*naturalLoop
	for _, b := range fn.Blocks {
		if !live[b] {
			continue
		}
		for _, head := range liveSuccessors(b) {
			if !head.Dominates(b) {
				continue
			}
			l := byHead[head]
			if l == nil {
				l = &naturalLoop{head: head, blocks: map[*ssa.BasicBlock]bool{head: true}}
				byHead[head] = l
				list = append(list, l)
			}
			l.latches = append(l.latches, b)
			work := []*ssa.BasicBlock{b}
			for len(work) > 0 {
				c := work[len(work)-1]
				work = work[:len(work)-1]
				if l.blocks[c] || !live[c] {
					continue
				}
				l.blocks[c] = true
				work = append(work, c.Preds...)
			}
		}
	}
	return list
}

// bounded reports whether some exit of the loop, which each turn passes, is taken
// after a number of turns that a counter limits, or two counters together, or whether
// each turn cuts a slice or string shorter.
func (j *judge) bounded(l *naturalLoop) bool {
	p := progress{judge: j, loop: l, inner: map[*ssa.Phi]bool{}}
	if p.consumes() {
		return true
	}
	var counters []ssa.Value
	for b := range l.blocks {
		if !l.passedByEachTurn(b) || len(b.Instrs) == 0 {
			continue
		}
		branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		switch {
		case !l.blocks[b.Succs[0]] && p.ends(branch.Cond, true):
			return true
		case !l.blocks[b.Succs[1]] && p.ends(branch.Cond, false):
			return true
		}
		if cond, ok := branch.Cond.(*ssa.BinOp); ok && cond.Op == token.LSS && !l.blocks[b.Succs[1]] && isInteger(cond.X.Type()) && p.invariant(cond.Y, 0) {
			counters = append(counters, cond.X)
		}
	}
	return len(counters) == 2 && p.together(counters[0], counters[1])
}

func (l *naturalLoop) passedByEachTurn(b *ssa.BasicBlock) bool {
	for _, latch := range l.latches {
		if !b.Dominates(latch) {
			return false
		}
	}
	return true
}

// place is the for statement of the loop, or its first instruction for a loop of
// goto.
func (l *naturalLoop) place(fn *ssa.Function) token.Pos {
	var inside []token.Pos
	for b := range l.blocks {
		for _, instr := range b.Instrs {
			if _, phi := instr.(*ssa.Phi); phi {
				continue // its place is that of the variable
			}
			if pos := instr.Pos(); pos.IsValid() {
				inside = append(inside, pos)
			}
		}
	}
	slices.Sort(inside)
	best, size := token.NoPos, token.Pos(0)
	if syntax := fn.Syntax(); syntax != nil {
		ast.Inspect(syntax, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.ForStmt, *ast.RangeStmt:
			default:
				return true
			}
			holds := len(inside) == 0 || n.Pos() <= inside[0] && inside[len(inside)-1] < n.End()
			if holds && (best == token.NoPos || n.End()-n.Pos() < size) {
				best, size = n.Pos(), n.End()-n.Pos()
			}
			return true
		})
	}
	if best == token.NoPos && len(inside) > 0 {
		return inside[0]
	}
	if best == token.NoPos {
		return fn.Pos()
	}
	return best
}
