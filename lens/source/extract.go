package source

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// extractor collects the effects and calls of one function.
type extractor struct {
	*judge
	body *body
	fn   *ssa.Function
	cold bool
}

func (x *extractor) add(k kind, pos token.Pos, format string, args ...any) {
	if x.cold && k != panicPath {
		return
	}
	if !pos.IsValid() {
		pos = x.fn.Pos()
	}
	x.body.effects = append(x.body.effects, effect{kind: k, pos: pos, message: fmt.Sprintf(format, args...)})
}

// addKnown records an effect that does not come about, for a reason that the executable
// does not show.
func (x *extractor) addKnown(k kind, pos token.Pos, message, reason string) {
	if !x.cold {
		x.body.effects = append(x.body.effects, effect{k, pos, message, reason})
	}
}

// instruction records what one instruction does.
func (x *extractor) instruction(instr ssa.Instruction) {
	pos := instr.Pos()
	switch i := instr.(type) {
	case *ssa.Alloc:
		x.alloc(i)
	case *ssa.MakeSlice:
		x.makeSlice(i)
	case *ssa.MakeMap:
		x.add(allocation, pos, "make(%s) allocates", x.typeName(i.Type()))
	case *ssa.MakeChan:
		x.add(allocation, pos, "make(%s) allocates", x.typeName(i.Type()))
	case *ssa.MakeClosure:
		if len(i.Bindings) > 0 && x.escapes(i) {
			if !pos.IsValid() {
				pos = i.Fn.Pos() // that of the literal
			}
			x.add(allocation, pos, "the closure allocates: it outlives the call")
		}
	case *ssa.MakeInterface:
		if boxes(i) && x.escapes(i) {
			if i.X.Type().String() == "syscall.Errno" {
				x.addKnown(allocation, argumentPos(i, pos), "a syscall.Errno is converted to an interface", "an errno is below 256, and such numbers are in a table")
				break
			}
			x.add(allocation, argumentPos(i, pos), "a %s is converted to %s, which allocates", x.typeName(i.X.Type()), x.typeName(i.Type()))
		}
	case *ssa.ChangeType:
		// In a generic function, whose type arguments are open.
		if isTypeParam(i.X.Type()) && types.IsInterface(i.Type()) && !isTypeParam(i.Type()) && x.escapes(i) {
			x.add(allocation, argumentPos(i, pos), "a %s is converted to %s, which allocates", x.typeName(i.X.Type()), x.typeName(i.Type()))
		}
	case *ssa.Convert:
		x.conversion(i, i.X)
	case *ssa.MultiConvert:
		x.conversion(i, i.X)
	case *ssa.BinOp:
		if i.Op == token.ADD && isString(i.Type()) {
			x.add(allocation, pos, "the concatenation of strings allocates")
		}
	case *ssa.MapUpdate:
		x.add(mapGrowth, pos, "the assignment to a map may grow it")
	case *ssa.Range:
		if isMap(i.X.Type()) {
			x.add(mapIteration, pos, "the iteration over a map takes as long as the map is large")
		}
	case *ssa.Send:
		x.add(blocking, pos, "the send on a channel blocks")
	case *ssa.UnOp:
		if i.Op == token.ARROW {
			x.add(blocking, pos, "the receive from a channel blocks")
		}
	case *ssa.Select:
		if len(i.States) == 0 {
			x.cold = false // the form has it panic afterwards
			x.add(blocking, pos, "the select without cases never ends")
		} else if i.Blocking {
			x.add(blocking, pos, "the select blocks")
		} else {
			x.add(briefLock, pos, "the select does not wait, and takes the lock of a channel for some instructions")
		}
	case *ssa.Go:
		x.add(goroutine, pos, "the go statement starts a goroutine")
		return
	case *ssa.Panic:
		if pos.IsValid() { // those of iterators are not in the source
			x.add(panicPath, pos, "this path panics")
		}
	}
	if site, ok := instr.(ssa.CallInstruction); ok {
		if builtin, ok := site.Common().Value.(*ssa.Builtin); ok {
			x.builtin(builtin, site)
			return
		}
		if callee := site.Common().StaticCallee(); callee != nil && callee != x.fn && x.panicsOnly(callee) {
			x.add(panicPath, sitePos(site), "%s only panics", nameOf(callee))
		}
		if call, ok := site.(*ssa.Call); ok {
			if reason := fits(call); reason != "" {
				x.addKnown(allocation, sitePos(site), nameOf(call.Call.StaticCallee())+" may grow the slice", reason)
				return
			}
		}
		x.body.calls = append(x.body.calls, call{site, sitePos(site), x.cold})
	}
}

// sitePos is the place of a call; wrappers have none.
func sitePos(site ssa.CallInstruction) token.Pos {
	if pos := site.Pos(); pos.IsValid() {
		return pos
	}
	return site.Parent().Pos()
}

// argumentPos is the place of the call that v is an argument of: the conversion of
// an argument belongs to the call.
func argumentPos(v ssa.Value, pos token.Pos) token.Pos {
	if pos.IsValid() {
		return pos
	}
	for range 4 {
		referrers := v.Referrers()
		if referrers == nil || len(*referrers) == 0 {
			break
		}
		for _, r := range *referrers {
			if r.Pos().IsValid() {
				return r.Pos()
			}
			if store, ok := r.(*ssa.Store); ok {
				if element, ok := store.Addr.(*ssa.IndexAddr); ok {
					v = element.X
				}
			} else if next, ok := r.(ssa.Value); ok {
				v = next
			}
		}
		if array, ok := v.(*ssa.Alloc); ok {
			for _, r := range *array.Referrers() {
				if slice, ok := r.(*ssa.Slice); ok {
					v = slice
				}
			}
		}
	}
	return pos
}

// The compiler's limits for variables on the stack: declared ones, and those that
// new, & and make create.
const (
	maxStackVariable = 128 << 10
	maxStackImplicit = 64 << 10
)

func (x *extractor) alloc(a *ssa.Alloc) {
	pos := a.Pos()
	typ := a.Type().(*types.Pointer).Elem()
	size := sizeOf(typ)
	if size == 0 {
		return
	}
	named := a.Comment != "new" && a.Comment != "complit" && a.Comment != "varargs" && a.Comment != "slicelit" && a.Comment != "makeslice"
	limit := int64(maxStackImplicit)
	if named {
		limit = maxStackVariable
	}
	switch {
	case size > limit:
		x.add(allocation, pos, "%s of %d bytes is too large for the stack and is allocated", x.typeName(typ), size)
	case !a.Heap || !x.escapes(a):
	case a.Comment == "varargs":
		x.add(allocation, argumentPos(a, pos), "the arguments of a variadic call are allocated")
	case a.Comment == "new":
		x.add(allocation, pos, "new(%s) allocates", x.typeName(typ))
	case a.Comment == "slicelit" || a.Comment == "complit" || a.Comment == "makeslice":
		x.add(allocation, pos, "a %s that outlives the call is allocated", x.typeName(typ))
	default:
		x.add(allocation, pos, "the variable %s is allocated: its address outlives the call", a.Comment)
	}
}

func (x *extractor) makeSlice(i *ssa.MakeSlice) {
	_, lenConst := i.Len.(*ssa.Const)
	capacity, capConst := i.Cap.(*ssa.Const)
	if lenConst && capConst && capacity.Value != nil {
		if n, ok := constant.Int64Val(constant.ToInt(capacity.Value)); ok && !x.escapes(i) {
			if elem := sizeOf(i.Type().Underlying().(*types.Slice).Elem()); elem == 0 || n <= maxStackImplicit/elem {
				return
			}
		}
	}
	x.add(allocation, i.Pos(), "make(%s) allocates", x.typeName(i.Type()))
}

// conversion records conversions between strings and slices that copy.
func (x *extractor) conversion(v ssa.Value, from ssa.Value) {
	to, src := v.Type(), from.Type()
	if _, constant := from.(*ssa.Const); constant && isString(to) {
		return
	}
	copies := isString(to) && (isBytes(src) || isInteger(src)) || isString(src) && isBytes(to)
	if !copies || onlyLooked(v) {
		return
	}
	x.add(allocation, v.Pos(), "the conversion from %s to %s allocates", x.typeName(src), x.typeName(to))
}

// onlyLooked reports whether each use of a converted string is one for which the
// compiler makes no copy: comparison, map lookup, range, length.
func onlyLooked(v ssa.Value) bool {
	referrers := v.Referrers()
	if referrers == nil || len(*referrers) == 0 {
		return false
	}
	for _, r := range *referrers {
		switch r := r.(type) {
		case *ssa.BinOp:
			if !isComparison(r.Op) {
				return false
			}
		case *ssa.Lookup:
			if r.Index != v || !isMap(r.X.Type()) {
				return false
			}
		case *ssa.Range, *ssa.DebugRef:
		case *ssa.Call:
			b, ok := r.Call.Value.(*ssa.Builtin)
			if !ok || b.Name() != "len" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func (x *extractor) builtin(b *ssa.Builtin, site ssa.CallInstruction) {
	pos := sitePos(site)
	switch b.Name() {
	case "append":
		if args := site.Common().Args; len(args) > 1 && emptyConst(args[1]) {
			return
		}
		if call, ok := site.(*ssa.Call); ok {
			if reason := fits(call); reason != "" {
				x.addKnown(allocation, pos, "append may grow the slice", reason)
				return
			}
		}
		x.add(allocation, pos, "append may grow the slice")
	case "print", "println":
		x.add(blocking, pos, "%s writes to standard error", b.Name())
	case "close":
		x.add(lock, pos, "close takes the lock of the channel")
	case "clear":
		if isMap(site.Common().Args[0].Type()) {
			x.add(mapIteration, pos, "clear takes as long as the map is large")
		}
	}
}

func emptyConst(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.Value == nil
}

// The compiler's limits for defers without a record: their number, and their number
// times that of the returns.
const (
	maxOpenDefers       = 8
	maxOpenDeferReturns = 15
)

// deferrals records defers for which the compiler makes a record instead of code at
// the function's end.
func (x *extractor) deferrals(live map[*ssa.BasicBlock]bool) {
	var defers []*ssa.Defer
	returns := 0
	for _, b := range x.fn.Blocks {
		if !live[b] || b == x.fn.Recover {
			continue
		}
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Defer:
				defers = append(defers, instr)
			case *ssa.Return:
				returns++
			}
		}
	}
	looped := false
	for _, d := range defers {
		if inLoop(d.Block()) || d.DeferStack != nil {
			looped = true
			x.add(deferral, d.Pos(), "the defer runs in a loop, and each turn allocates a record")
			if _, builtin := d.Call.Value.(*ssa.Builtin); len(d.Call.Args) > 0 && !builtin {
				x.add(allocation, d.Pos(), "the arguments of a deferred call wait on the heap when it runs in a loop")
			}
		}
	}
	if !looped && (len(defers) > maxOpenDefers || len(defers)*returnStatements(x.fn, returns) > maxOpenDeferReturns) {
		x.add(deferral, defers[0].Pos(), "%d defers and %d returns are too many for open-coded defers", len(defers), returns)
	}
}

// returnStatements counts the returns of fn as the compiler does, by statements.
func returnStatements(fn *ssa.Function, blocks int) int {
	syntax := fn.Syntax()
	if syntax == nil {
		return blocks
	}
	n := 0
	ast.Inspect(syntax, func(node ast.Node) bool {
		switch node.(type) {
		case *ast.FuncLit:
			return node == syntax
		case *ast.ReturnStmt:
			n++
		}
		return true
	})
	return max(n, 1)
}

func inLoop(b *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{}
	work := append([]*ssa.BasicBlock(nil), b.Succs...)
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		if s == b {
			return true
		}
		if !seen[s] {
			seen[s] = true
			work = append(work, s.Succs...)
		}
	}
	return false
}
