package source

import (
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// judge holds a program, or one package of it, and everything that is known about
// the rest.
type judge struct {
	fset    *token.FileSet
	library *library
	// panicPaths: paths that end in a panic count too.
	panicPaths bool
	// own reports whether findings are placed inside fn rather than at its calls.
	own func(*ssa.Function) bool
	// imported is what the facts say about a function without source, or nil.
	imported func(*types.Func) *Summary
	// importedPromise is the contract of an object of another package, or nil.
	importedPromise func(types.Object) *promise
	// targets are the functions that a dynamic call may reach, where the whole
	// program is at hand; nil elsewhere.
	targets func(ssa.CallInstruction) []*ssa.Function
	// callers are the calls of a function in the whole program, and written are the
	// values that it keeps in fields and variables; nil with targets.
	callers func(*ssa.Function) []ssa.CallInstruction
	written func() *assigned
	// functionsOf lists the functions of a package, closures included.
	functionsOf func(*ssa.Package) []*ssa.Function
	// moved are the files that cgo names by the place of an earlier build.
	moved map[string]string
	// directory that positions are relative to; without one they have the file's name
	// alone, as facts of packages do, which outlive the directory of a build.
	directory string

	annotations *annotations
	roots       map[*ssa.Function]*promise

	bodies     map[*ssa.Function]*body
	panicOnly  map[*ssa.Function]bool
	globals    map[*ssa.Package]map[*ssa.Global][]ssa.Value
	edgeLists  map[*ssa.Function][]edge
	paramsCall map[*ssa.Function]uint64
	summaries  map[*ssa.Function]*Summary
}

func newJudge(fset *token.FileSet) (*judge, error) {
	l, err := shipped()
	if err != nil {
		return nil, err
	}
	return &judge{
		fset: fset, library: l,
		own:             func(*ssa.Function) bool { return true },
		imported:        func(*types.Func) *Summary { return nil },
		importedPromise: func(types.Object) *promise { return nil },
		annotations:     newAnnotations(fset),
		roots:           map[*ssa.Function]*promise{},
		bodies:          map[*ssa.Function]*body{},
		panicOnly:       map[*ssa.Function]bool{},
		globals:         map[*ssa.Package]map[*ssa.Global][]ssa.Value{},
		edgeLists:       map[*ssa.Function][]edge{},
		paramsCall:      map[*ssa.Function]uint64{},
		summaries:       map[*ssa.Function]*Summary{},
	}, nil
}

// objectOf is the declared function that fn was made from: the generic one of an
// instance, the method of a wrapper; nil for a closure.
func objectOf(fn *ssa.Function) types.Object {
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	obj, ok := fn.Object().(*types.Func)
	if !ok {
		return nil
	}
	return obj.Origin()
}

// promiseOf is the contract of a function, method or type; nil for none.
func (j *judge) promiseOf(obj types.Object) *promise {
	switch o := obj.(type) {
	case nil:
		return nil
	case *types.Func:
		obj = o.Origin()
	}
	if p, ok := j.annotations.objects[obj]; ok {
		return p
	}
	return j.importedPromise(obj)
}

// promiseOfFunction is the contract of fn; nil for none.
func (j *judge) promiseOfFunction(fn *ssa.Function) *promise {
	if p := j.roots[fn]; p != nil {
		return p
	}
	if obj := objectOf(fn); obj != nil {
		return j.promiseOf(obj)
	}
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	if syntax := fn.Syntax(); syntax != nil {
		return j.annotations.literals[syntax.Pos()]
	}
	return nil
}

// promiseOfType is the contract of a named func type; nil for none.
func (j *judge) promiseOfType(t types.Type) *promise {
	switch t := t.(type) {
	case *types.Alias:
		if p := j.promiseOf(t.Obj()); p != nil {
			return p
		}
		return j.promiseOfType(types.Unalias(t))
	case *types.Named:
		if _, ok := t.Underlying().(*types.Signature); ok {
			return j.promiseOf(t.Origin().Obj())
		}
	}
	return nil
}

// place is a position as file:line:col, relative to the judge's directory.
func (j *judge) place(pos token.Pos) string {
	p := j.fset.Position(pos)
	if moved, ok := j.moved[p.Filename]; ok {
		p.Filename = moved
	}
	if j.directory == "" {
		p.Filename = filepath.Base(p.Filename)
	} else {
		if rel, err := filepath.Rel(j.directory, p.Filename); err == nil && !strings.HasPrefix(rel, "..") {
			p.Filename = rel
		}
	}
	return fmt.Sprintf("%s:%d:%d", p.Filename, p.Line, p.Column)
}

// nameOf is a function as a reader knows it: package, type and name.
func nameOf(fn *ssa.Function) string {
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	if obj, ok := fn.Object().(*types.Func); ok {
		return nameOfObject(obj)
	}
	if parent := fn.Parent(); parent != nil {
		_, number, found := strings.Cut(fn.Name()[min(len(parent.Name()), len(fn.Name())):], "$")
		if !found {
			number = fn.Name()
		}
		return nameOf(parent) + ".func" + number
	}
	if fn.Pkg != nil {
		return fn.Pkg.Pkg.Name() + "." + fn.Name()
	}
	return fn.Name()
}

func nameOfObject(obj *types.Func) string {
	name := keyOf(obj)
	if isCgo(name) {
		return nameOfC(name)
	}
	if obj.Pkg() != nil {
		name = obj.Pkg().Name() + "." + name
	}
	return name
}

// pathOf is the package of fn.
func pathOf(fn *ssa.Function) string {
	if obj := objectOf(fn); obj != nil && obj.Pkg() != nil {
		return obj.Pkg().Path()
	}
	if fn.Pkg != nil {
		return fn.Pkg.Pkg.Path()
	}
	if fn.Parent() != nil {
		return pathOf(fn.Parent())
	}
	return ""
}

// isWrapper reports whether fn is code that no one wrote: the way to a promoted
// method, a method value, an instance.
func isWrapper(fn *ssa.Function) bool {
	for _, kind := range []string{"wrapper for", "bound method wrapper", "thunk for", "instantiation wrapper"} {
		if strings.HasPrefix(fn.Synthetic, kind) {
			return true
		}
	}
	return false
}
