package source

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/memkit-go/memkit/lens/report"
)

// Result lists what the source shows.
type Result struct {
	Findings, Hints, Allowed []report.Finding

	walker    *walker
	functions []*ssa.Function
}

// String counts the findings.
func (r *Result) String() string {
	return (&report.Report{Findings: r.Findings, Hints: r.Hints, Allowed: r.Allowed}).String()
}

// Function is a function of the program, as an executable can have it.
type Function struct {
	Package *types.Package
	// Declared is the function, or the one around a literal; the generic one of an
	// instance. It is nil for a literal outside of functions.
	Declared *types.Func
	// Literals are the numbers, from 1, of the function literals that lead to it from
	// the declared function; none for that itself.
	Literals []int
	// File and lines that the function takes in the source.
	File        string
	First, Last int
}

// Root is a function whose contract is checked.
type Root struct {
	Function
	// Name as in findings, and the place file:line:col.
	Name, Pos string
	// Codes that its contract forbids.
	Codes []string
	// Trusted: a directive states why nothing is checked.
	Trusted bool
}

// Roots lists the functions with contracts in the order of the source, once for all
// instances of a generic one.
func (r *Result) Roots() (list []Root) {
	w := r.walker
	seen := map[string]bool{}
	for _, fn := range w.sortedRoots() {
		p := w.roots[fn]
		root := Root{Function: w.functionOf(fn), Name: nameOf(fn), Pos: w.place(fn.Pos()), Trusted: p.Trust != ""}
		if seen[root.Pos] {
			continue
		}
		seen[root.Pos] = true
		for k := range kinds {
			if code := codeOf[k]; p.Keeps.has(k) && !hints.has(k) && !slices.Contains(root.Codes, code) {
				root.Codes = append(root.Codes, code)
			}
		}
		list = append(list, root)
	}
	return list
}

func (j *judge) functionOf(fn *ssa.Function) (f Function) {
	if syntax := fn.Syntax(); syntax != nil {
		first, last := j.fset.Position(syntax.Pos()), j.fset.Position(syntax.End())
		f.File, f.First, f.Last = first.Filename, first.Line, last.Line
	}
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	for fn.Parent() != nil {
		parent := fn.Parent()
		f.Literals = append(f.Literals, 1+slices.Index(parent.AnonFuncs, fn))
		fn = parent
	}
	slices.Reverse(f.Literals)
	f.Declared, _ = objectOf(fn).(*types.Func)
	if fn.Pkg != nil {
		f.Package = fn.Pkg.Pkg
	}
	return f
}

// Confirm returns the result without the findings that other evidence refutes.
// Confirm is called with each finding, which it may change, and with the path of
// functions from the one that has the contract to the one with the code. Directives
// that exempt from refuted findings only are stale.
func (r *Result) Confirm(confirm func(f *report.Finding, path []Function) bool) *Result {
	w := r.walker
	for _, x := range w.annotations.exempt {
		for _, e := range x.exemptions {
			e.used = false
		}
	}
	kept := w.out[:0:0]
	for _, f := range w.out {
		path := make([]Function, len(f.path))
		for i, fn := range f.path {
			path[i] = w.functionOf(fn)
		}
		if !confirm(&f.Finding, path) {
			continue
		}
		if f.exemption != nil {
			f.exemption.used = true
		}
		kept = append(kept, f)
	}
	w.out = kept
	w.useElsewhere(r.functions)
	next := w.result(w.all())
	next.walker, next.functions = w, r.functions
	return next
}

// Exempt returns the reason of the directive that exempts a line of a file from a
// code, and marks the directive as used.
func (r *Result) Exempt(file string, line int, code string) (reason string, ok bool) {
	w := r.walker
	covers := withCode(code)
	for _, fn := range r.functions {
		syntax := fn.Syntax()
		if syntax == nil {
			continue
		}
		start, end := w.fset.PositionFor(syntax.Pos(), false), w.fset.PositionFor(syntax.End(), false)
		if start.Filename != file || line < start.Line || end.Line < line {
			continue
		}
		pos := w.fset.File(syntax.Pos()).LineStart(line)
		for _, e := range w.exemptionsOf(fn, pos) {
			if e.covers&covers != 0 {
				e.used = true
				return e.reason, true
			}
		}
	}
	return "", false
}

// Holds reports whether a function keeps to a code by a contract of its own, or by a
// contract file of the tool. The function is named as the linker names it, without
// type arguments.
func (r *Result) Holds(function, code string) bool {
	w := r.walker
	k := withCode(code)
	pkg, key := splitSymbol(function)
	if entry, ok := w.library.named(pkg, key); ok && !(entry.whole && w.library.mixed(pkg) && !exported(key)) {
		return entry.keeps&k != 0 && len(entry.effects) == 0
	}
	if w.promised == nil {
		w.promised = map[string]*promise{}
		for object, p := range w.annotations.objects {
			if fn, ok := object.(*types.Func); ok && fn.Pkg() != nil {
				path := fn.Pkg().Path()
				if fn.Pkg().Name() == "main" {
					path = "main"
				}
				w.promised[path+"."+keyOf(fn)] = p
			}
		}
	}
	p := w.promised[pkg+"."+key]
	return p != nil && (p.Cold || p.Keeps&k != 0)
}
