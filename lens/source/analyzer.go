package source

import (
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// Analyzer checks the contracts of one package by its source and by the facts of
// the packages that it imports. It is for go vet, golangci-lint and gopls; [Load]
// sees the whole program and therefore more.
var Analyzer = &analysis.Analyzer{
	Name:       "memlense",
	Doc:        "find what breaks a real-time contract (//rt:nonblocking, //rt:nonallocating)",
	Run:        run,
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(packageFact)},
}

func run(pass *analysis.Pass) (any, error) {
	j, err := newJudge(pass.Fset)
	if err != nil {
		return nil, err
	}
	if j.library.covers(pass.Pkg.Path()) {
		return &Result{}, nil
	}
	j.own = func(fn *ssa.Function) bool { return pathOf(fn) == pass.Pkg.Path() }
	j.annotations.add(pass.Pkg, pass.Files, pass.TypesInfo, true)
	facts := map[*types.Package]*packageFact{}
	factOf := func(obj types.Object) *packageFact {
		if obj.Pkg() == nil || obj.Pkg() == pass.Pkg {
			return nil
		}
		f, ok := facts[obj.Pkg()]
		if !ok {
			f = new(packageFact)
			if !pass.ImportPackageFact(obj.Pkg(), f) {
				f = nil
			}
			facts[obj.Pkg()] = f
		}
		return f
	}
	j.imported = func(fn *types.Func) *Summary {
		if fn == nil {
			return nil
		}
		if f := factOf(fn); f != nil {
			return f.function(keyOf(fn))
		}
		return nil
	}
	j.importedPromise = func(obj types.Object) *promise {
		f := factOf(obj)
		if f == nil {
			return nil
		}
		if fn, ok := obj.(*types.Func); ok {
			return f.contract(keyOf(fn))
		}
		return f.contract(obj.Name())
	}
	prog := ssa.NewProgram(pass.Fset, ssa.BuilderMode(0))
	for _, p := range pass.Pkg.Imports() {
		prog.CreatePackage(p, nil, nil, true)
	}
	pkg := prog.CreatePackage(pass.Pkg, pass.Files, pass.TypesInfo, false)
	pkg.Build()
	fns := functionsIn(prog, pkg, pass.Files, pass.TypesInfo)
	j.functionsOf = func(p *ssa.Package) []*ssa.Function {
		if p == pkg {
			return fns
		}
		return nil
	}
	list := j.run(fns).all()
	pass.ExportPackageFact(j.fact(fns))
	for _, f := range list {
		if f.exemption == nil && !hints.has(f.kind) {
			pass.Report(diagnostic(f))
		}
	}
	return j.result(list), nil
}

// diagnostic is a finding as the analysis framework reports it.
func diagnostic(f found) analysis.Diagnostic {
	d := analysis.Diagnostic{Pos: f.pos, Category: f.Code, Message: f.Code + ": " + f.Message}
	if len(f.Chain) > 0 {
		d.Message += " (called from " + f.Func + ")"
	}
	if f.fix != nil {
		s := analysis.SuggestedFix{Message: f.fix.message}
		for _, e := range f.fix.edits {
			s.TextEdits = append(s.TextEdits, analysis.TextEdit{Pos: e.pos, End: e.end, NewText: []byte(e.text)})
		}
		d.SuggestedFixes = append(d.SuggestedFixes, s)
	}
	return d
}
