package source

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// An append stays within the capacity where the code shows it: a condition compares the
// length with the capacity, elements are removed or filtered in place, or a local array
// is large enough. The compiler does not know it, and has the code that grows the slice.

// size is an upper bound of a length: that of a slice, 0 for none, and a number.
type size struct {
	of   ssa.Value
	more int64
}

// fitter shows that appends in one function stay within the capacity.
type fitter struct {
	// at is the block of the append in question.
	at    *ssa.BasicBlock
	loops []*naturalLoop
	seen  map[ssa.Value]bool
}

// fits reports why a call that appends does not grow the slice; "" where nothing shows
// it.
func fits(site *ssa.Call) string {
	dst, count, ok := appending(site)
	if !ok {
		return ""
	}
	if removes(site) {
		return "the elements behind those that are removed move forward, in place"
	}
	if roomBefore(site, dst, count) {
		return "the capacity was compared with the length before"
	}
	fn := site.Parent()
	f := &fitter{site.Block(), naturalLoops(fn, liveBlocks(fn)), map[ssa.Value]bool{}}
	base := f.base(dst, 0)
	if base == nil {
		return ""
	}
	length, ok := f.length(site, 0)
	if !ok {
		return ""
	}
	if room := capacity(base); room >= 0 {
		if length.of == nil && length.more <= room {
			return "the array has room for all elements"
		}
		return ""
	}
	if length.of != nil && same(length.of, base, blockOf(base)) && length.more <= 0 {
		return "the slice keeps at most as many elements as it had"
	}
	return ""
}

func blockOf(v ssa.Value) *ssa.BasicBlock {
	if instr, ok := v.(ssa.Instruction); ok {
		return instr.Block()
	}
	return nil
}

// appending takes a call of append, or of a function that appends a limited number of
// bytes, apart: the slice, and the number of elements, −1 for an unknown one.
func appending(site *ssa.Call) (dst ssa.Value, count int64, ok bool) {
	args := site.Call.Args
	if b, isBuiltin := site.Call.Value.(*ssa.Builtin); isBuiltin {
		if b.Name() != "append" || len(args) != 2 {
			return nil, 0, false
		}
		return args[0], elements(args[1]), true
	}
	fn := site.Call.StaticCallee()
	if fn == nil || len(args) == 0 {
		return nil, 0, false
	}
	object, isFunc := fn.Object().(*types.Func)
	if !isFunc || object.Pkg() == nil {
		return nil, 0, false
	}
	switch key := object.Pkg().Path() + "." + keyOf(object); key {
	case "strconv.AppendInt", "strconv.AppendUint":
		if base, known := number(args[2]); known && base >= 10 {
			return args[0], 20, true
		}
		return args[0], 65, true
	case "strconv.AppendBool":
		return args[0], 5, true
	case "strconv.AppendFloat":
		return args[0], floatLength(args), true
	case "unicode/utf8.AppendRune":
		return args[0], 4, true
	case "encoding/binary.AppendUvarint", "encoding/binary.AppendVarint":
		return args[0], 10, true
	case "encoding/binary.littleEndian.AppendUint16", "encoding/binary.bigEndian.AppendUint16":
		return args[1], 2, true
	case "encoding/binary.littleEndian.AppendUint32", "encoding/binary.bigEndian.AppendUint32":
		return args[1], 4, true
	case "encoding/binary.littleEndian.AppendUint64", "encoding/binary.bigEndian.AppendUint64":
		return args[1], 8, true
	}
	return nil, 0, false
}

// floatLength is the largest number of bytes that strconv.AppendFloat appends.
func floatLength(args []ssa.Value) int64 {
	format, okFormat := number(args[2])
	precision, okPrecision := number(args[3])
	if !okFormat || !okPrecision {
		return -1
	}
	switch format {
	case 'e', 'E', 'g', 'G':
		return max(32, precision+16)
	case 'f', 'F':
		return 345 + max(0, precision)
	}
	return -1
}

func number(v ssa.Value) (int64, bool) {
	c, ok := v.(*ssa.Const)
	if !ok || c.Value == nil || c.Value.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(c.Value)
}

// elements is the number of appended elements, −1 where it is not in the code.
func elements(v ssa.Value) int64 {
	switch v := v.(type) {
	case *ssa.Slice:
		if array, ok := v.X.(*ssa.Alloc); ok && v.Low == nil && v.High == nil {
			return arrayLength(array.Type())
		}
	case *ssa.Const:
		if v.Value == nil {
			return 0
		}
		if v.Value.Kind() == constant.String {
			return int64(len(constant.StringVal(v.Value)))
		}
	}
	return -1
}

// arrayLength is the length of the array that a pointer of type t points to; −1 for
// another type.
func arrayLength(t types.Type) int64 {
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return -1
	}
	a, ok := p.Elem().Underlying().(*types.Array)
	if !ok {
		return -1
	}
	return a.Len()
}

// removes reports whether the call is append(s[:i], s[j:]...) with i ≤ j.
func removes(site *ssa.Call) bool {
	if _, ok := site.Call.Value.(*ssa.Builtin); !ok {
		return false
	}
	front, ok := site.Call.Args[0].(*ssa.Slice)
	if !ok || front.Low != nil || front.High == nil || front.Max != nil {
		return false
	}
	back, ok := site.Call.Args[1].(*ssa.Slice)
	if !ok || back.Low == nil || !same(front.X, back.X, front.Block()) {
		return false
	}
	if i, ok := number(front.High); ok {
		if j, ok := number(back.Low); ok {
			return i <= j
		}
	}
	if same(front.High, back.Low, front.Block()) {
		return true
	}
	sum, ok := back.Low.(*ssa.BinOp)
	if !ok || sum.Op != token.ADD {
		return false
	}
	n, ok := number(sum.Y)
	return ok && n >= 0 && same(sum.X, front.High, front.Block())
}

// same reports whether two values are equal: one value, or two loads from one place in
// block b, with no store and no call between them.
func same(x, y ssa.Value, b *ssa.BasicBlock) bool {
	if x == y {
		return true
	}
	l, ok := x.(*ssa.UnOp)
	m, ok2 := y.(*ssa.UnOp)
	if !ok || !ok2 || l.Op != token.MUL || m.Op != token.MUL || !sameAddress(l.X, m.X) || l.Block() != b || m.Block() != b {
		return false
	}
	inside := false
	for _, instr := range b.Instrs {
		if instr == ssa.Instruction(l) || instr == ssa.Instruction(m) {
			if inside {
				return true
			}
			inside = true
		} else if inside && changesMemory(instr) {
			return false
		}
	}
	return false
}

// sameAddress reports whether two addresses are equal as they are written: the same
// field of the same value.
func sameAddress(x, y ssa.Value) bool {
	if x == y {
		return true
	}
	a, ok := x.(*ssa.FieldAddr)
	b, ok2 := y.(*ssa.FieldAddr)
	return ok && ok2 && a.Field == b.Field && sameAddress(a.X, b.X)
}

// changesMemory reports whether an instruction may change a variable in memory.
func changesMemory(instr ssa.Instruction) bool {
	switch i := instr.(type) {
	case *ssa.Store:
		_, element := i.Addr.(*ssa.IndexAddr)
		return !element // an element of a slice is no slice that is looked at here
	case ssa.CallInstruction:
		b, ok := i.Common().Value.(*ssa.Builtin)
		return !ok || b.Name() == "append"
	case *ssa.Send, *ssa.Select:
		return true
	}
	return false
}

// roomBefore reports whether a condition before the call shows that the capacity
// exceeds the length by count.
func roomBefore(site *ssa.Call, dst ssa.Value, count int64) bool {
	for at := site.Block(); at.Idom() != nil; at = at.Idom() {
		dom := at.Idom()
		branch, ok := dom.Instrs[len(dom.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		cond, ok := branch.Cond.(*ssa.BinOp)
		if !ok {
			continue
		}
		op := cond.Op
		switch {
		case len(dom.Succs[0].Preds) == 1 && dom.Succs[0].Dominates(site.Block()):
		case len(dom.Succs[1].Preds) == 1 && dom.Succs[1].Dominates(site.Block()):
			op = negated(op)
		default:
			continue
		}
		x, y := cond.X, cond.Y
		if op == token.GTR || op == token.GEQ {
			op, x, y = mirrored(op), y, x
		}
		if shows(op, x, y, dst, site, count) && unchanged(dst, dom, site) {
			return true
		}
	}
	return false
}

// shows reports whether x op y says that dst has room for the elements of site.
func shows(op token.Token, x, y, dst ssa.Value, site *ssa.Call, count int64) bool {
	isOf := func(v ssa.Value, name string) bool {
		call, ok := v.(*ssa.Call)
		if !ok {
			return false
		}
		b, ok := call.Call.Value.(*ssa.Builtin)
		return ok && b.Name() == name && alike(call.Call.Args[0], dst)
	}
	// cap(s)-len(s) on the larger side, n on the other
	if d, ok := y.(*ssa.BinOp); ok && d.Op == token.SUB && isOf(d.X, "cap") && isOf(d.Y, "len") {
		return (op == token.LSS || op == token.LEQ) && covers(x, op, site, count)
	}
	if !isOf(y, "cap") {
		return op == token.NEQ && count == 1 && isOf(x, "cap") && isOf(y, "len")
	}
	if isOf(x, "len") {
		return count == 1 && (op == token.LSS || op == token.NEQ)
	}
	sum, ok := x.(*ssa.BinOp)
	if !ok || sum.Op != token.ADD || op != token.LSS && op != token.LEQ {
		return false
	}
	switch {
	case isOf(sum.X, "len"):
		return covers(sum.Y, op, site, count)
	case isOf(sum.Y, "len"):
		return covers(sum.X, op, site, count)
	}
	return false
}

// covers reports whether n is at least the number of elements that site appends. An n
// that is strictly below the room stands for one more.
func covers(n ssa.Value, op token.Token, site *ssa.Call, count int64) bool {
	if value, ok := number(n); ok {
		if op == token.LSS {
			value++
		}
		return count >= 0 && count <= value
	}
	call, ok := n.(*ssa.Call)
	if !ok || len(site.Call.Args) < 2 {
		return false
	}
	of, ok := lengthOf(call)
	return ok && alike(of, site.Call.Args[1])
}

// alike reports whether two values are one, or loads of one field.
func alike(x, y ssa.Value) bool {
	if x == y {
		return true
	}
	l, ok := x.(*ssa.UnOp)
	m, ok2 := y.(*ssa.UnOp)
	return ok && ok2 && l.Op == token.MUL && m.Op == token.MUL && sameAddress(l.X, m.X)
}

// unchanged reports whether v is the same at the end of block dom and at the call,
// which dom dominates.
func unchanged(v ssa.Value, dom *ssa.BasicBlock, site *ssa.Call) bool {
	if load, ok := v.(*ssa.UnOp); !ok || load.Op != token.MUL {
		return true
	}
	for _, instr := range site.Block().Instrs {
		if instr == ssa.Instruction(site) {
			break
		}
		if changesMemory(instr) {
			return false
		}
	}
	// The condition's own loads are at the end of dom.
	first := slices.IndexFunc(dom.Instrs, func(i ssa.Instruction) bool {
		load, ok := i.(*ssa.UnOp)
		return ok && alike(load, v)
	})
	if first < 0 || slices.ContainsFunc(dom.Instrs[first:], changesMemory) {
		return false
	}
	seen := map[*ssa.BasicBlock]bool{dom: true}
	var clean func(b *ssa.BasicBlock) bool
	clean = func(b *ssa.BasicBlock) bool {
		if seen[b] {
			return true
		}
		seen[b] = true
		return !slices.ContainsFunc(b.Instrs, changesMemory) && !slices.ContainsFunc(b.Preds, func(p *ssa.BasicBlock) bool { return !clean(p) })
	}
	return !slices.ContainsFunc(site.Block().Preds, func(p *ssa.BasicBlock) bool { return !clean(p) })
}

// base is the array or slice that v is a part of, from its beginning on; nil where
// there can be several.
func (f *fitter) base(v ssa.Value, depth int) ssa.Value {
	if depth > 16 {
		return nil
	}
	switch v := v.(type) {
	case *ssa.Slice:
		if v.Max != nil {
			return nil
		}
		if low, ok := number(v.Low); v.Low != nil && (!ok || low != 0) {
			return nil
		}
		if arrayLength(v.X.Type()) >= 0 {
			return v.X
		}
		if b := f.base(v.X, depth+1); b != nil {
			return b
		}
		return v.X
	case *ssa.Call:
		if dst, _, ok := appending(v); ok {
			return f.base(dst, depth+1)
		}
	case *ssa.MakeSlice:
		return v
	case *ssa.Phi:
		if f.seen[v] {
			return nil
		}
		f.seen[v] = true
		defer delete(f.seen, v)
		var base ssa.Value
		for _, e := range v.Edges {
			if e == v || f.through(e, v, depth) {
				continue
			}
			b := f.base(e, depth+1)
			if b == nil || base != nil && b != base {
				return nil
			}
			base = b
		}
		return base
	}
	return nil
}

// through reports whether v is phi with elements appended in a loop.
func (f *fitter) through(v ssa.Value, phi *ssa.Phi, depth int) bool {
	if v == phi {
		return true
	}
	if depth > 16 {
		return false
	}
	switch v := v.(type) {
	case *ssa.Call:
		dst, _, ok := appending(v)
		return ok && f.through(dst, phi, depth+1)
	case *ssa.Phi:
		if f.seen[v] {
			return true
		}
		f.seen[v] = true
		defer delete(f.seen, v)
		for _, e := range v.Edges {
			if !f.through(e, phi, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// capacity is that of an array, or of a slice that is made with a constant one; −1 for
// others.
func capacity(base ssa.Value) int64 {
	if n := arrayLength(base.Type()); n >= 0 {
		return n
	}
	if m, ok := base.(*ssa.MakeSlice); ok {
		if n, ok := number(m.Cap); ok {
			return n
		}
	}
	return -1
}

// length is an upper bound of the length of v.
func (f *fitter) length(v ssa.Value, depth int) (size, bool) {
	if depth > 16 {
		return size{}, false
	}
	switch v := v.(type) {
	case *ssa.Slice:
		if n, ok := number(v.High); ok {
			return size{nil, n}, true
		}
	case *ssa.MakeSlice:
		n, ok := number(v.Len)
		return size{nil, n}, ok
	case *ssa.Call:
		dst, count, ok := appending(v)
		if !ok || count < 0 {
			return size{}, false
		}
		s, ok := f.length(dst, depth+1)
		s.more += count
		return s, ok
	case *ssa.Phi:
		for _, l := range f.loops {
			if l.head == v.Block() {
				return f.looped(v, l, depth)
			}
		}
		total := size{}
		for i, e := range v.Edges {
			s, ok := f.length(e, depth+1)
			if !ok || i > 0 && s.of != total.of {
				return size{}, false
			}
			total = size{s.of, max(s.more, total.more)}
		}
		return total, true
	}
	return size{}, false
}

// looped is the length of a slice that grows in the turns of a loop. In the last turn,
// it has not grown by that turn yet.
func (f *fitter) looped(phi *ssa.Phi, l *naturalLoop, depth int) (size, bool) {
	start, grown := size{}, int64(0)
	for i, e := range phi.Edges {
		if !l.blocks[phi.Block().Preds[i]] {
			s, ok := f.length(e, depth+1)
			if !ok || s.of != nil {
				return size{}, false
			}
			start.more = max(start.more, s.more)
			continue
		}
		n, ok := f.growth(e, phi, l, depth+1)
		if !ok {
			return size{}, false
		}
		grown = max(grown, n)
	}
	turns, ok := f.turns(l)
	if l.blocks[f.at] {
		turns.more--
	}
	switch {
	case grown == 0:
		return start, true
	case !ok:
		return size{}, false
	case turns.of == nil:
		return size{nil, start.more + grown*max(0, turns.more)}, true
	case grown == 1:
		return size{turns.of, start.more + turns.more}, true
	}
	return size{}, false
}

// growth is the number of elements by which v is longer than phi.
func (f *fitter) growth(v ssa.Value, phi *ssa.Phi, l *naturalLoop, depth int) (int64, bool) {
	if v == phi {
		return 0, true
	}
	if depth > 16 {
		return 0, false
	}
	switch v := v.(type) {
	case *ssa.Call:
		dst, count, ok := appending(v)
		if !ok || count < 0 {
			return 0, false
		}
		n, ok := f.growth(dst, phi, l, depth+1)
		return n + count, ok
	case *ssa.Phi:
		for _, inner := range f.loops {
			if inner.head == v.Block() {
				return 0, false
			}
		}
		most := int64(0)
		for _, e := range v.Edges {
			n, ok := f.growth(e, phi, l, depth+1)
			if !ok {
				return 0, false
			}
			most = max(most, n)
		}
		return most, true
	}
	return 0, false
}

// turns is an upper bound of the number of turns of a loop that counts. The condition is
// at the head, or, for a range over a number, at the end.
func (f *fitter) turns(l *naturalLoop) (size, bool) {
	b := l.head
	atEnd := false
	if branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If); !ok || l.blocks[branch.Block().Succs[1]] {
		if len(l.latches) != 1 {
			return size{}, false
		}
		b, atEnd = l.latches[0], true
	}
	branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok || !l.blocks[b.Succs[0]] || l.blocks[b.Succs[1]] {
		return size{}, false
	}
	cond, ok := branch.Cond.(*ssa.BinOp)
	if !ok {
		return size{}, false
	}
	if n := betweenConstants(cond, l); n >= 0 && !atEnd {
		return size{nil, n}, true
	}
	if cond.Op != token.LSS {
		return size{}, false
	}
	first, ok := f.counts(cond.X, l)
	if !ok {
		return size{}, false
	}
	if n, ok := number(cond.Y); ok {
		if atEnd {
			return size{nil, max(1, n-first+1)}, true
		}
		return size{nil, max(0, n-first)}, true
	}
	call, ok := cond.Y.(*ssa.Call)
	if !ok || atEnd {
		return size{}, false
	}
	s, ok := lengthOf(call)
	return size{s, -first}, ok && !isCap(call)
}

// betweenConstants is the number of turns of a loop that counts from one constant to
// another, in steps of a third, up or down; −1 for other loops.
func betweenConstants(cond *ssa.BinOp, l *naturalLoop) int64 {
	phi, ok := cond.X.(*ssa.Phi)
	last, ok2 := number(cond.Y)
	if !ok || !ok2 || phi.Block() != l.head || sizeOf(phi.Type()) < 4 {
		return -1
	}
	first, step, started := int64(0), int64(0), false
	for i, e := range phi.Edges {
		if !l.blocks[phi.Block().Preds[i]] {
			n, ok := number(e)
			if !ok || started && n != first {
				return -1
			}
			first, started = n, true
			continue
		}
		next, ok := e.(*ssa.BinOp)
		if !ok || next.X != phi || next.Op != token.ADD && next.Op != token.SUB {
			return -1
		}
		n, ok := number(next.Y)
		if next.Op == token.SUB {
			n = -n
		}
		if !ok || step != 0 && n != step {
			return -1
		}
		step = n
	}
	if cond.Op == token.GTR || cond.Op == token.GEQ {
		if isUnsigned(phi.Type()) {
			return -1 // it may pass the limit and begin anew
		}
		first, last, step = -first, -last, -step
	}
	const most = 1 << 29 // the counter does not overflow
	if step <= 0 || max(step, first, -first, last, -last) > most {
		return -1
	}
	switch cond.Op {
	case token.LSS, token.GTR:
		return max(0, (last-first+step-1)/step)
	case token.LEQ, token.GEQ:
		return max(0, (last-first+step)/step)
	}
	return -1
}

func isCap(call *ssa.Call) bool { return call.Call.Value.(*ssa.Builtin).Name() == "cap" }

// counts returns the first value of a counter that each turn of a loop makes larger by
// one.
func (f *fitter) counts(v ssa.Value, l *naturalLoop) (first int64, ok bool) {
	phi, offset := v, int64(0)
	if sum, ok := v.(*ssa.BinOp); ok && sum.Op == token.ADD {
		n, isConst := number(sum.Y)
		if !isConst || n != 1 {
			return 0, false
		}
		phi, offset = sum.X, 1
	}
	p, isPhi := phi.(*ssa.Phi)
	if !isPhi || p.Block() != l.head {
		return 0, false
	}
	started := false
	for i, e := range p.Edges {
		if l.blocks[p.Block().Preds[i]] {
			step, ok := e.(*ssa.BinOp)
			if !ok || step.Op != token.ADD || step.X != p {
				return 0, false
			}
			if n, ok := number(step.Y); !ok || n != 1 {
				return 0, false
			}
			continue
		}
		n, ok := number(e)
		if !ok || started && n != first {
			return 0, false
		}
		first, started = n, true
	}
	return first + offset, started
}
