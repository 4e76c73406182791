package source

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/memkit-go/memkit/internal/contract"
	"github.com/memkit-go/memkit/lens/report"
)

// run checks functions: the declared ones, closures and instances of the packages
// under check.
func (j *judge) run(fns []*ssa.Function) *walker {
	w := newWalker(j)
	conversions := map[*ssa.Function][]conversion{}
	for _, fn := range fns {
		if p := j.promiseOfFunction(fn); p != nil && p.Keeps != 0 && !isWrapper(fn) || p != nil && fn.Origin() != nil && p.Keeps != 0 {
			j.roots[fn] = p
		}
		conversions[fn] = conversionsOf(fn)
	}
	var stated []conversion
	packages := map[*ssa.Package]bool{}
	for _, fn := range fns {
		if fn.Pkg != nil && !packages[fn.Pkg] {
			packages[fn.Pkg] = true
			stated = append(stated, j.stated(fn.Pkg)...)
		}
	}
	entry := func(fn *ssa.Function) {
		if j.own(fn) && len(fn.Blocks) > 0 {
			j.root(fn, &promise{Keeps: everyKind, Entry: true})
		}
	}
	j.implementations(stated, entry)
	for _, fn := range fns {
		j.entryPoints(fn, conversions[fn], entry)
	}
	w.mismatches(stated, j.root)
	w.assertions(fns, conversions)
	for _, fn := range fns {
		if !isWrapper(fn) || fn.Origin() != nil {
			w.mismatches(conversions[fn], j.root)
		}
	}
	w.contradictions()
	roots := j.sortedRoots()
	for _, fn := range roots {
		w.walk(fn, j.roots[fn])
	}
	w.recursions(roots)
	w.useElsewhere(fns)
	return w
}

// all lists the findings, those of directives included.
func (w *walker) all() []found {
	return slices.Concat(w.out, w.directives(), w.stale())
}

// root adds a contract to a function.
func (j *judge) root(fn *ssa.Function, p *promise) {
	old := j.roots[fn]
	if old == nil {
		j.roots[fn] = p
		return
	}
	joined := *old
	joined.Keeps |= p.Keeps
	j.roots[fn] = &joined
}

// sortedRoots lists the functions with contracts by their place, so that reports
// repeat. A generic function is judged by its instances where it has some.
func (j *judge) sortedRoots() []*ssa.Function {
	instantiated := map[*ssa.Function]bool{}
	for fn := range j.roots {
		if origin := fn.Origin(); origin != nil && len(fn.Blocks) > 0 {
			instantiated[origin] = true
		}
	}
	var list []*ssa.Function
	for fn := range j.roots {
		if !instantiated[fn] {
			list = append(list, fn)
		}
	}
	slices.SortFunc(list, func(a, b *ssa.Function) int {
		p, q := j.fset.Position(a.Pos()), j.fset.Position(b.Pos())
		return cmp.Or(cmp.Compare(p.Filename, q.Filename), cmp.Compare(p.Offset, q.Offset), cmp.Compare(a.String(), b.String()))
	})
	return list
}

// useElsewhere marks the exemptions in functions that no contract reaches here for
// their codes, where there is something to exempt: other packages may reach them.
func (w *walker) useElsewhere(fns []*ssa.Function) {
	bySyntax := map[ast.Node][]*ssa.Function{}
	for _, fn := range fns {
		if syntax := fn.Syntax(); syntax != nil {
			bySyntax[syntax] = append(bySyntax[syntax], fn)
		}
	}
	for _, x := range w.annotations.exempt {
		for _, e := range x.exemptions {
			for _, fn := range bySyntax[x.node] {
				if e.directive.Name == contract.Cold {
					e.used = e.used || w.coldMatters(fn, fns)
					continue
				}
				if !e.used && w.reach[fn]&e.covers == 0 && w.roots[fn] == nil {
					e.used = w.hasEffect(fn, e)
				}
			}
		}
	}
}

// coldMatters reports whether a cold function is called from code with a contract, or
// may be by code of other packages.
func (w *walker) coldMatters(fn *ssa.Function, fns []*ssa.Function) bool {
	object := objectOf(fn)
	if object == nil || w.cold[object] || object.Exported() && w.targets == nil {
		return true // without the whole program, it may have callers elsewhere
	}
	for _, caller := range fns {
		if w.reach[caller] != 0 || caller.Name() == "init" && caller.Signature.Recv() == nil {
			continue
		}
		if slices.ContainsFunc(w.edges(caller), func(e edge) bool { return e.fn != nil && objectOf(e.fn) == object }) {
			return true
		}
	}
	return false
}

// hasEffect reports whether fn, or a closure in it, does what e exempts it from.
func (w *walker) hasEffect(fn *ssa.Function, e *exemption) bool {
	here := func(pos token.Pos) bool {
		return e.line == 0 || pos.IsValid() && w.fset.PositionFor(pos, false).Line == e.line
	}
	for _, effect := range w.body(fn).effects {
		if effect.reason == "" && e.covers.has(effect.kind) && here(effect.pos) {
			return true
		}
	}
	for _, edge := range w.edges(fn) {
		if edge.graph && e.covers.has(dynamic) && here(edge.call.pos) {
			return true
		}
		for _, effect := range w.effects(edge) {
			if e.covers.has(kind(effect.Kind)) && here(edge.call.pos) {
				return true
			}
		}
	}
	for _, a := range fn.AnonFuncs {
		if w.hasEffect(a, e) {
			return true
		}
	}
	return false
}

// result sorts findings into a Result.
func (j *judge) result(list []found) *Result {
	r := &Result{}
	for _, f := range list {
		f.Severity = severityOf(f.Code)
		if hints.has(f.kind) && f.Code != unknownDirective && f.Code != staleDirective {
			f.Severity = report.SeverityHint
		}
		if f.fix != nil {
			f.Fix = j.fix(f.fix)
		}
		if len(f.Evidence) == 0 {
			f.Evidence = []string{report.Source}
		}
		switch {
		case f.exemption != nil:
			r.Allowed = append(r.Allowed, f.Finding)
		case f.Severity == report.SeverityHint:
			r.Hints = append(r.Hints, f.Finding)
		default:
			r.Findings = append(r.Findings, f.Finding)
		}
	}
	all := report.Report{Findings: r.Findings, Hints: r.Hints, Allowed: r.Allowed}
	all.Sort()
	return r
}

func severityOf(code string) string {
	if c, ok := report.Explain(code); ok {
		return c.Severity
	}
	return report.SeverityError
}

// fix gives the edits by file and offset.
func (j *judge) fix(f *fix) *report.Fix {
	out := &report.Fix{Message: f.message}
	for _, e := range f.edits {
		start, end := j.fset.PositionFor(e.pos, false), j.fset.PositionFor(e.end, false)
		out.Edits = append(out.Edits, report.Edit{File: start.Filename, Start: start.Offset, End: end.Offset, New: e.text})
	}
	return out
}

// functionsIn lists the functions of a package, closures included, in the order of
// the source.
func functionsIn(prog *ssa.Program, pkg *ssa.Package, files []*ast.File, info *types.Info) (list []*ssa.Function) {
	var add func(fn *ssa.Function)
	add = func(fn *ssa.Function) {
		list = append(list, fn)
		for _, a := range fn.AnonFuncs {
			add(a)
		}
	}
	for _, file := range files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Name.Name == "_" {
				continue
			}
			if obj, ok := info.Defs[decl.Name].(*types.Func); ok {
				if fn := prog.FuncValue(obj); fn != nil {
					add(fn)
				}
			}
		}
	}
	if init := pkg.Func("init"); init != nil {
		add(init)
	}
	return list
}
