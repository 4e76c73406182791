package source

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// progress shows that a loop's condition must fail in the end, by the change of
// each variable from one turn to the next.
type progress struct {
	*judge
	loop *naturalLoop
	// inner are the heads of loops inside whose turns are being looked at: loops can
	// be nested so that each is reached from the other.
	inner map[*ssa.Phi]bool
}

// ends reports whether the condition must take the value exit after a limited number
// of turns.
func (p progress) ends(cond ssa.Value, exit bool) bool {
	switch c := cond.(type) {
	case *ssa.UnOp:
		if c.Op == token.NOT {
			return p.ends(c.X, !exit)
		}
	case *ssa.Extract:
		// for range over a map or a string: ok becomes false.
		_, next := c.Tuple.(*ssa.Next)
		return next && c.Index == 0 && !exit
	case *ssa.BinOp:
		op := c.Op
		if exit {
			op = negated(op)
		}
		return p.fails(op, c.X, c.Y)
	}
	return false
}

func negated(op token.Token) token.Token {
	switch op {
	case token.LSS:
		return token.GEQ
	case token.LEQ:
		return token.GTR
	case token.GTR:
		return token.LEQ
	case token.GEQ:
		return token.LSS
	case token.EQL:
		return token.NEQ
	case token.NEQ:
		return token.EQL
	}
	return token.ILLEGAL
}

// fails reports whether "x op y", which keeps the loop going, fails in the end.
func (p progress) fails(op token.Token, x, y ssa.Value) bool {
	switch op {
	case token.GTR:
		return p.fails(token.LSS, y, x)
	case token.GEQ:
		return p.fails(token.LEQ, y, x)
	case token.LSS, token.LEQ:
		if always(op, x, y) {
			return false
		}
		if isFloat(x.Type()) {
			return p.floats(x, y)
		}
		return !wraps(op, x, y) && p.approaches(x, y) || p.halves(y, x, op)
	case token.NEQ:
		return p.meets(x, y) || p.meets(y, x)
	}
	return false
}

// approaches reports whether x − y rises with each turn.
func (p progress) approaches(x, y ssa.Value) bool {
	for _, latch := range p.loop.latches {
		if p.distance(p.ahead(x, latch), p.ahead(y, latch), map[[2]ssa.Value]bool{}) != rises {
			return false
		}
	}
	return true
}

// falls reports whether each turn makes a string or slice shorter.
func (p progress) falls(x ssa.Value) bool {
	for _, latch := range p.loop.latches {
		if s := p.ahead(x, latch); s.value == nil || p.change(s, step{}, map[ssa.Value]bool{}) != falls {
			return false
		}
	}
	return true
}

// consumes reports whether each turn cuts the front or the end off a slice or string:
// more than it has cannot be cut off.
func (p progress) consumes() bool {
	for _, instr := range p.loop.head.Instrs {
		phi, ok := instr.(*ssa.Phi)
		if !ok {
			break
		}
		if _, slice := phi.Type().Underlying().(*types.Slice); (slice || isString(phi.Type())) && p.falls(phi) {
			return true
		}
	}
	return false
}

// together reports whether each turn makes one of two counters larger, and none
// smaller: for i < n && j < m, with i or j one more each time.
func (p progress) together(x, y ssa.Value) bool {
	for _, latch := range p.loop.latches {
		if p.sum(p.ahead(x, latch), p.ahead(y, latch), 0) != rises {
			return false
		}
	}
	return true
}

// sum is the change of x + y where neither falls.
func (p progress) sum(x, y step, depth int) change {
	if x.from == nil || y.from == nil || depth > 8 {
		return unknown
	}
	a, okA := x.value.(*ssa.Phi)
	b, okB := y.value.(*ssa.Phi)
	merge := a
	switch {
	case okA && okB && a.Block() == b.Block() && p.merges(a.Block()):
	case okA && a != x.from && p.merges(a.Block()):
		b, okB = nil, false
	case okB && b != y.from && p.merges(b.Block()):
		merge, a, okA = b, nil, false
	default:
		cx, cy := p.change(x, step{}, map[ssa.Value]bool{}), p.change(y, step{}, map[ssa.Value]bool{})
		if cx < stays || cy < stays {
			return unknown
		}
		return plus(cx, cy)
	}
	total := rises
	for i := range merge.Edges {
		nx, ny := x, y
		if okA {
			nx.value = a.Edges[i]
		}
		if okB {
			ny.value = b.Edges[i]
		}
		c := p.sum(nx, ny, depth+1)
		if c == unknown {
			return unknown
		}
		total = min(total, c)
	}
	return total
}

// step is a value at the end of a turn, and the variable that it began as.
type step struct {
	from  ssa.Value // at the head; nil for a value that the loop does not change
	value ssa.Value
	// moves is the change of a field, which has no value at the head; see field.
	moves change
}

// ahead gives v at the end of the turn that ends in latch.
func (p progress) ahead(v ssa.Value, latch *ssa.BasicBlock) step {
	if phi, ok := v.(*ssa.Phi); ok && phi.Block() == p.loop.head {
		return step{from: phi, value: phi.Edges[predecessor(p.loop.head, latch)]}
	}
	if c := p.field(v); c != unknown {
		return step{from: v, value: v, moves: c}
	}
	if p.invariant(v, 0) {
		return step{value: v}
	}
	// A condition on i+1 or len(s): the same expression of what v is made of.
	switch e := v.(type) {
	case *ssa.BinOp:
		if e.Op == token.ADD || e.Op == token.SUB {
			if p.invariant(e.Y, 0) {
				return p.ahead(e.X, latch)
			}
			if e.Op == token.ADD && p.invariant(e.X, 0) {
				return p.ahead(e.Y, latch)
			}
		}
		if f := factor(e); f != nil {
			return p.ahead(f, latch)
		}
		// i*i rises with an i above zero.
		if phi, ok := e.X.(*ssa.Phi); ok && e.Op == token.MUL && e.Y == phi && p.counter(phi, phi.Block()) >= climbs {
			return p.ahead(phi, latch)
		}
		if p.loop.blocks[e.Block()] && (e.Op == token.QUO || e.Op == token.SHR) {
			if c, ok := e.Y.(*ssa.Const); ok && isPositive(c) {
				// x/2 rises with x, if not strictly: no proof.
				return step{}
			}
		}
	case *ssa.Convert:
		if isInteger(e.X.Type()) && isInteger(e.Type()) {
			return p.ahead(e.X, latch)
		}
	case *ssa.Call:
		if s, ok := lengthOf(e); ok {
			if c := p.field(s); c != unknown {
				return step{from: s, value: s, moves: c}
			}
			if phi, ok := s.(*ssa.Phi); ok && phi.Block() == p.loop.head {
				return step{from: phi, value: phi.Edges[predecessor(p.loop.head, latch)]}
			}
		}
	}
	return step{}
}

func predecessor(b, pred *ssa.BasicBlock) int {
	for i, p := range b.Preds {
		if p == pred {
			return i
		}
	}
	return 0
}

// distance is the change of x − y.
func (p progress) distance(x, y step, seen map[[2]ssa.Value]bool) change {
	if x.value == nil || y.value == nil {
		return unknown
	}
	// Where two branches meet, both variables come from the same branch.
	a, okA := x.value.(*ssa.Phi)
	b, okB := y.value.(*ssa.Phi)
	if x.from != nil && y.from != nil && okA && okB && a.Block() == b.Block() && a.Block() != p.loop.head && p.merges(a.Block()) {
		key := [2]ssa.Value{a, b}
		if seen[key] {
			return unknown
		}
		seen[key] = true
		total := unknown
		for i := range a.Edges {
			c := p.distance(step{from: x.from, value: a.Edges[i]}, step{from: y.from, value: b.Edges[i]}, seen)
			if i == 0 {
				total = c
			} else {
				total = both(total, c)
			}
		}
		return total
	}
	return plus(p.change(x, y, map[ssa.Value]bool{}), negative(p.change(y, x, map[ssa.Value]bool{})))
}

// merges reports whether b joins branches of the loop and is the head of no loop
// inside it.
func (p progress) merges(b *ssa.BasicBlock) bool {
	for _, pred := range b.Preds {
		if b.Dominates(pred) || !p.loop.blocks[pred] {
			return false
		}
	}
	return true
}

// change is that of one variable over a turn. Other is the one that it is compared
// with: a midpoint lies between both.
func (p progress) change(s, other step, seen map[ssa.Value]bool) change {
	if s.moves != unknown {
		return s.moves
	}
	if s.from == nil || s.value == s.from {
		return stays
	}
	if seen[s.value] {
		return unknown
	}
	if _, ok := s.value.(*ssa.Phi); ok {
		seen[s.value] = true
	}
	next := func(v ssa.Value) change { return p.change(step{from: s.from, value: v}, other, seen) }
	switch v := s.value.(type) {
	case *ssa.Phi:
		return p.phi(v, s, other, seen)
	case *ssa.BinOp:
		if m := p.midpoint(v, s.from, other.from); m != unknown {
			return m
		}
		switch v.Op {
		case token.ADD:
			if v.X == s.from && p.isLowBit(v.Y, s.from) {
				return p.start(s.from)
			}
			if d := p.sign(v.Y, v.Block()); d != unknown {
				return plus(next(v.X), d)
			}
			if d := p.sign(v.X, v.Block()); d != unknown {
				return plus(next(v.Y), d)
			}
		case token.SUB:
			if d := p.sign(v.Y, v.Block()); d != unknown {
				return plus(next(v.X), negative(d))
			}
		case token.MUL, token.SHL:
			f := factor(v)
			switch {
			case f == nil:
			case f == s.from:
				if c := p.start(f); c != unknown {
					return c
				}
				if p.notNegative(f) {
					return climbs
				}
			default:
				if c := next(f); c >= stays && p.notNegative(f) {
					return c
				}
			}
		case token.REM:
			// for b != 0 { a, b = b, a%b }
			if v.Y == s.from {
				return falls
			}
		case token.AND, token.AND_NOT:
			if v.X == s.from && v.Op == token.AND && p.isMinusOne(v.Y, s.from) {
				return falls
			}
		}
	case *ssa.Slice:
		if v.X != s.from {
			return unknown
		}
		if v.Low != nil && v.High == nil && p.sign(v.Low, v.Block()) == rises {
			return falls
		}
		if v.Low == nil && v.High != nil {
			if h, ok := v.High.(*ssa.BinOp); ok && h.Op == token.SUB && p.sign(h.Y, h.Block()) == rises {
				if l, ok := h.X.(*ssa.Call); ok {
					if x, ok := lengthOf(l); ok && x == s.from {
						return falls
					}
				}
			}
		}
	case *ssa.Extract:
		return p.rest(v, s.from)
	case *ssa.Convert:
		return next(v.X)
	}
	return unknown
}

// rest is the change from a slice or string to what Cut of package strings or bytes
// leaves of it: less, unless it is empty already.
func (p progress) rest(v *ssa.Extract, from ssa.Value) change {
	call, ok := v.Tuple.(*ssa.Call)
	if !ok || len(call.Call.Args) != 2 || call.Call.Args[0] != from {
		return unknown
	}
	fn := call.Call.StaticCallee()
	if fn == nil || pathOf(fn) != "strings" && pathOf(fn) != "bytes" || elements(call.Call.Args[1]) < 1 {
		return unknown
	}
	found := 1 // the result that says whether there was something to cut
	switch {
	case fn.Name() == "Cut" && v.Index == 1:
		found = 2
	case (fn.Name() == "CutPrefix" || fn.Name() == "CutSuffix") && v.Index == 0:
	default:
		return unknown
	}
	if p.established(call, found) || fn.Name() == "Cut" && p.filled(from, call.Block()) {
		return falls
	}
	return unknown
}

// established reports whether each turn ends only where a result of a call is true.
func (p progress) established(call *ssa.Call, index int) bool {
	for _, r := range *call.Referrers() {
		result, ok := r.(*ssa.Extract)
		if !ok || result.Index != index {
			continue
		}
		for _, use := range *result.Referrers() {
			branch, ok := use.(*ssa.If)
			if ok && p.loop.passedByEachTurn(branch.Block()) && !p.loop.blocks[branch.Block().Succs[1]] {
				return true
			}
		}
	}
	return false
}

// factor is the number that a product with a constant, or a shift, makes larger where
// it is positive; nil for other operations.
func factor(v *ssa.BinOp) ssa.Value {
	x, y, least := v.X, v.Y, int64(2)
	switch v.Op {
	case token.MUL:
		if _, ok := x.(*ssa.Const); ok {
			x, y = y, x
		}
	case token.SHL:
		least = 1
	default:
		return nil
	}
	c, ok := y.(*ssa.Const)
	if !ok || c.Value == nil || !isInteger(v.Type()) {
		return nil
	}
	if n, exact := constant.Int64Val(constant.ToInt(c.Value)); !exact || n < least {
		return nil
	}
	return x
}

// start is the change by a factor of a variable that begins above 0, where it rises, or
// at 0, from where it climbs.
func (p progress) start(from ssa.Value) change {
	phi, ok := from.(*ssa.Phi)
	if !ok || phi.Block() != p.loop.head {
		return unknown
	}
	total := rises
	for i, e := range phi.Edges {
		if p.loop.blocks[phi.Block().Preds[i]] {
			continue
		}
		switch p.sign(e, phi.Block().Preds[i]) {
		case rises:
		case climbs, stays:
			total = climbs
		default:
			return unknown
		}
	}
	return total
}

// phi is the change where branches join, or over the turns of a loop inside.
func (p progress) phi(v *ssa.Phi, s, other step, seen map[ssa.Value]bool) change {
	if !p.loop.blocks[v.Block()] {
		return unknown
	}
	total, first := unknown, true
	for i, e := range v.Edges {
		var c change
		if v.Block().Dominates(v.Block().Preds[i]) {
			// A turn of a loop inside: the change relative to v itself, in any
			// number of turns.
			if p.inner[v] {
				return unknown
			}
			p.inner[v] = true
			c = p.change(step{from: v, value: e}, step{}, map[ssa.Value]bool{})
			delete(p.inner, v)
			switch c {
			case rises:
				c = climbs
			case falls:
				c = sinks
			}
			if !first {
				total = plus(total, c)
			} else {
				total = c
			}
			first = false
			continue
		}
		c = p.change(step{from: s.from, value: e}, other, seen)
		if first {
			total, first = c, false
		} else {
			total = both(total, c)
		}
	}
	return total
}

// midpoint is the change to lo + (hi−lo)/2 or (lo+hi)/2: it is not below lo, and is
// below hi.
func (p progress) midpoint(v *ssa.BinOp, from, other ssa.Value) change {
	if other == nil {
		return unknown
	}
	halved := func(e ssa.Value) (ssa.Value, bool) {
		e = unconverted(e)
		b, ok := e.(*ssa.BinOp)
		if !ok || b.Op != token.QUO && b.Op != token.SHR {
			return nil, false
		}
		c, ok := b.Y.(*ssa.Const)
		return unconverted(b.X), ok && isPositive(c)
	}
	pair := func(e ssa.Value, op token.Token) (x, y ssa.Value, ok bool) {
		b, isBinary := e.(*ssa.BinOp)
		if !isBinary || b.Op != op {
			return nil, nil, false
		}
		return unconverted(b.X), unconverted(b.Y), true
	}
	var lo, hi ssa.Value
	if half, ok := halved(v); ok {
		x, y, ok := pair(half, token.ADD)
		if !ok {
			return unknown
		}
		// Which of the two is lower, the loop's condition says; see order.
		if lo, hi = p.order(x, y); lo == nil {
			return unknown
		}
	} else if v.Op == token.ADD {
		half, ok := halved(v.Y)
		if !ok {
			return unknown
		}
		y, x, ok := pair(half, token.SUB)
		if !ok || x != unconverted(v.X) {
			return unknown
		}
		lo, hi = x, y
		if l, _ := p.order(lo, hi); l != lo {
			return unknown
		}
	}
	switch {
	case lo == nil:
		return unknown
	case from == lo && (other == hi || other == nil):
		return climbs
	case from == hi && other == lo:
		return falls
	}
	return unknown
}

// order returns x and y with the one first that the loop's condition has below the
// other, or nil.
func (p progress) order(x, y ssa.Value) (lo, hi ssa.Value) {
	for b := range p.loop.blocks {
		if len(b.Instrs) == 0 || !p.loop.passedByEachTurn(b) {
			continue
		}
		branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		cond, ok := branch.Cond.(*ssa.BinOp)
		if !ok || p.loop.blocks[b.Succs[1]] {
			continue
		}
		l, h := cond.X, cond.Y
		switch cond.Op {
		case token.LSS:
		case token.GTR:
			l, h = h, l
		default:
			continue
		}
		if l == x && h == y || l == y && h == x {
			return l, h
		}
	}
	return nil, nil
}

func unconverted(v ssa.Value) ssa.Value {
	for {
		c, ok := v.(*ssa.Convert)
		if !ok {
			return v
		}
		v = c.X
	}
}

// meets reports whether x, which changes by one each turn, becomes y: x counts from
// a constant up to a length or down to a constant, or shrinks to zero.
func (p progress) meets(x, y ssa.Value) bool {
	if isEmptyString(y) {
		return p.falls(x)
	}
	if c, ok := y.(*ssa.Const); ok && c.Value != nil && signOf(c.Value) == 0 {
		if p.vanishes(x) {
			return true
		}
		// One of the bits of x: for m := n; j&m != 0; m >>= 1.
		if mask, ok := x.(*ssa.BinOp); ok && mask.Op == token.AND && (p.vanishes(mask.X) || p.vanishes(mask.Y)) {
			return true
		}
		if call, ok := unconverted(x).(*ssa.Call); ok {
			if _, ok := lengthOf(call); ok {
				return p.approaches(y, x)
			}
		}
	}
	if !p.invariant(y, 0) {
		return false
	}
	if isUnsigned(x.Type()) && p.fieldByOne(x) {
		return true
	}
	phi, ok := x.(*ssa.Phi)
	if !ok || phi.Block() != p.loop.head {
		return false
	}
	direction := unknown
	for i, e := range phi.Edges {
		if p.loop.blocks[p.loop.head.Preds[i]] {
			b, ok := e.(*ssa.BinOp)
			if !ok || b.X != phi {
				return false
			}
			c, ok := b.Y.(*ssa.Const)
			if !ok || c.Value == nil || !isOne(c) {
				return false
			}
			switch b.Op {
			case token.ADD:
				direction = rises
			case token.SUB:
				direction = falls
			}
		}
	}
	for i, e := range phi.Edges {
		if p.loop.blocks[p.loop.head.Preds[i]] {
			continue
		}
		start, isConst := e.(*ssa.Const)
		end, endConst := y.(*ssa.Const)
		switch {
		case direction == rises && isConst && endConst && start.Value != nil && end.Value != nil:
			return compare(start.Value, token.LEQ, end.Value)
		case direction == falls && isConst && endConst && start.Value != nil && end.Value != nil:
			return compare(start.Value, token.GEQ, end.Value)
		case direction == rises && isUnsigned(x.Type()):
			return true // the distance shrinks by one, also where the counter begins anew at 0
		case direction == rises && isConst && start.Value != nil && signOf(start.Value) == 0:
			return isLength(y) || isUnsigned(y.Type())
		case direction == falls && endConst && end.Value != nil && signOf(end.Value) == 0:
			return isLength(e) || isUnsigned(e.Type())
		}
	}
	return false
}
