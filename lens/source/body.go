package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// effect is one place in a function that breaks a contract by itself.
type effect struct {
	kind    kind
	pos     token.Pos
	message string
	// reason why it does not come about; "" when it does.
	reason string
}

// call is one place in a function that calls others.
type call struct {
	site ssa.CallInstruction
	pos  token.Pos
	// cold: every path from here ends in a panic.
	cold bool
}

// body is the part of a function that contracts are about.
type body struct {
	fn      *ssa.Function
	effects []effect
	calls   []call
	// panics: no path returns.
	panics bool
}

// body extracts the effects and calls of fn, without code that constants switch
// off.
func (j *judge) body(fn *ssa.Function) *body {
	if b, ok := j.bodies[fn]; ok {
		return b
	}
	b := &body{fn: fn}
	j.bodies[fn] = b // before the walk: panicsOnly recurs
	live := liveBlocks(fn)
	returns := j.returning(fn, live)
	b.panics = len(fn.Blocks) > 0 && !returns[fn.Blocks[0]] && endsInPanic(live)
	x := extractor{judge: j, body: b, fn: fn}
	for _, block := range fn.Blocks {
		if !live[block] {
			continue
		}
		x.cold = !returns[block] && !b.panics && !j.panicPaths && endless(block, live)
		for _, instr := range block.Instrs {
			x.instruction(instr)
		}
	}
	if len(fn.Blocks) > 0 {
		x.cold = false
		x.deferrals(live)
		for _, l := range j.loops(fn, live) {
			if !returns[l.head] && !b.panics && !j.panicPaths && endless(l.head, live) {
				continue
			}
			x.add(loop, l.pos, "%s", l.message)
		}
	}
	return b
}

// typeName is a type as its package would write it.
func (j *judge) typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}
