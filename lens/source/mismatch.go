package source

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/memkit-go/memkit/internal/contract"
	"github.com/memkit-go/memkit/lens/report"
)

// mismatches reports the conversions that give a value a contract which its methods
// or its function do not have. A function literal takes the contract over instead:
// add receives it.
func (w *walker) mismatches(conversions []conversion, add func(*ssa.Function, *promise)) {
	for _, c := range conversions {
		if iface, ok := c.to.Underlying().(*types.Interface); ok {
			w.methodsMatch(c, iface)
			continue
		}
		p := w.promiseOfType(c.to)
		if p == nil {
			continue
		}
		if from := w.promiseOfType(c.from); from != nil && from.Keeps&p.Keeps == p.Keeps {
			continue
		}
		w.functionMatches(c, p, add)
	}
}

// assertions reports the types that a type assertion turns into an interface with a
// contract, where code converts them to the interface that the assertion begins with.
func (w *walker) assertions(fns []*ssa.Function, conversions map[*ssa.Function][]conversion) {
	done := map[[2]string]bool{}
	for _, fn := range fns {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				assert, ok := instr.(*ssa.TypeAssert)
				if !ok || !w.hasContract(assert.AssertedType) {
					continue
				}
				to, from := assert.AssertedType, assert.X.Type()
				if key := [2]string{to.String(), from.String()}; done[key] {
					continue
				} else {
					done[key] = true
				}
				for _, in := range fns {
					for _, c := range conversions[in] {
						iface := to.Underlying().(*types.Interface)
						if types.Identical(c.to, from) && !types.IsInterface(c.from) && types.Implements(c.from, iface) {
							c.to = to
							w.methodsMatch(c, iface)
						}
					}
				}
			}
		}
	}
}

// hasContract reports whether t is an interface that has a method with a contract.
func (w *walker) hasContract(t types.Type) bool {
	iface, ok := t.Underlying().(*types.Interface)
	if !ok || isTypeParam(t) {
		return false
	}
	for m := range iface.Methods() {
		if p := w.promiseOf(m); p != nil && p.Keeps != 0 {
			return true
		}
	}
	return false
}

// methodsMatch compares the methods of the value with those of the interface.
func (w *walker) methodsMatch(c conversion, iface *types.Interface) {
	var methods *types.MethodSet
	for m := range iface.Methods() {
		p := w.promiseOf(m)
		if p == nil || p.Keeps == 0 {
			continue
		}
		if methods == nil {
			methods = types.NewMethodSet(c.from)
		}
		selection := methods.Lookup(m.Pkg(), m.Name())
		if selection == nil {
			continue
		}
		have := selection.Obj().(*types.Func).Origin()
		if have == m {
			continue
		}
		w.compare(c, have, p, fmt.Sprintf("%s implements %s", nameOfObject(have), nameOfObject(m)))
	}
}

// functionMatches compares a function with the func type that it becomes.
func (w *walker) functionMatches(c conversion, p *promise, add func(*ssa.Function, *promise)) {
	if c.value == nil {
		if c.function != nil {
			w.compare(c, c.function, p, fmt.Sprintf("%s becomes a %s", nameOfObject(c.function), w.typeName(c.to)))
		}
		return
	}
	v := w.trace(c.value)
	for _, fn := range v.funcs {
		if object, ok := objectOf(fn).(*types.Func); ok {
			w.compare(c, object, p, fmt.Sprintf("%s becomes a %s", nameOfObject(object), w.typeName(c.to)))
		} else {
			add(fn, p)
		}
	}
	if !v.known || len(v.params) > 0 {
		w.name = nameOf(c.in)
		w.emit(mismatch, c.in, c.pos, fmt.Sprintf("a %s becomes a %s, which is %s; nothing shows that it is",
			w.typeName(c.from), w.typeName(c.to), p), nil)
	}
}

// compare reports a function whose contract is weaker than p.
func (w *walker) compare(c conversion, have *types.Func, p *promise, what string) {
	var keeps kindSet
	if h := w.promiseOf(have); h != nil {
		keeps = h.Keeps
	} else if e, ok := w.library.lookup(have); ok {
		keeps = e.keeps
	}
	missing := p.Keeps &^ keeps
	if missing == 0 {
		return
	}
	lacks := &promise{}
	if !(&promise{Keeps: keeps}).is(nonBlocking) && p.is(nonBlocking) {
		lacks.Keeps |= nonBlocking
	}
	if !(&promise{Keeps: keeps}).is(nonAllocating) && p.is(nonAllocating) {
		lacks.Keeps |= nonAllocating
	}
	pos := c.pos
	decl := w.annotations.declarations[have]
	if decl != nil {
		pos = decl.Name.Pos()
	}
	w.name = nameOfObject(have)
	f := found{kind: mismatch, pos: pos, Finding: report.Finding{
		Message: fmt.Sprintf("%s, which is %s, and lacks that contract", what, lacks), Func: nameOfObject(have)}}
	if x := w.exempts(c.in, c.pos, mismatch); x != nil {
		x.used = true
		f.exemption, f.Reason = x, x.reason
	}
	if decl != nil {
		f.fix = addDirectives(decl, lacks)
	}
	w.add(f)
}

// addDirectives writes the directives of a promise above a declaration.
func addDirectives(decl *ast.FuncDecl, p *promise) *fix {
	var text strings.Builder
	if decl.Doc != nil && !endsInDirective(decl.Doc) {
		text.WriteString("//\n")
	}
	if p.is(nonBlocking) {
		text.WriteString("//rt:" + contract.NonBlocking + "\n")
	}
	if p.is(nonAllocating) {
		text.WriteString("//rt:" + contract.NonAllocating + "\n")
	}
	return &fix{"add the contract to " + decl.Name.Name, []edit{{decl.Type.Func, decl.Type.Func, text.String()}}}
}

func endsInDirective(doc *ast.CommentGroup) bool {
	_, ok, _ := contract.Parse(doc.List[len(doc.List)-1].Text)
	return ok
}

// contradictions reports functions with directives that exclude each other.
func (w *walker) contradictions() {
	for object, p := range w.annotations.objects {
		decl := w.annotations.declarations[object]
		if decl == nil || !p.Cold || p.Keeps == 0 {
			continue
		}
		w.name = nameOfObject(object.(*types.Func))
		w.add(found{kind: mismatch, pos: decl.Name.Pos(), Finding: report.Finding{
			Message: w.name + " is both cold and " + p.String() + "; one of the directives is wrong"}})
	}
}

// directives reports comments that are meant as directives, and exemptions without
// an object.
func (w *walker) directives() (list []found) {
	for _, p := range w.annotations.problems {
		f := found{pos: p.Pos, Finding: report.Finding{Code: unknownDirective, Message: p.Message, Pos: w.place(p.Pos)}}
		if p.Correct != "" {
			f.fix = &fix{"write " + p.Correct, []edit{{p.Pos, p.End, p.Correct}}}
		}
		list = append(list, f)
	}
	return list
}

// stale reports the exemptions that exempt from nothing.
func (w *walker) stale() (list []found) {
	for _, x := range w.annotations.exempt {
		for _, e := range x.exemptions {
			if _, known := report.Explain(e.directive.Code); !known && e.directive.Name == contract.Allow {
				list = append(list, found{pos: e.pos, Finding: report.Finding{
					Code: unknownDirective, Pos: w.place(e.pos),
					Message: "the directive " + e.directive.String() + " names no code of memlense; see memlense explain",
				}})
				continue
			}
			if e.used || e.directive.Name == contract.Bound {
				continue // a bound documents the loop as well
			}
			list = append(list, found{pos: e.pos, Finding: report.Finding{
				Code: staleDirective, Pos: w.place(e.pos),
				Message: "the directive " + e.directive.String() + " exempts from nothing; remove it",
			}, fix: &fix{"remove the directive", []edit{{e.pos, e.end, ""}}}})
		}
	}
	return list
}
