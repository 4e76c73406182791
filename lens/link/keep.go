package link

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// keeper sorts the functions that executables must have by how they are kept.
type keeper struct {
	config   Config
	bodies   map[*types.Func]*ast.FuncDecl
	wanted   map[*types.Func]bool    // and generic
	open     map[*types.Func]bool    // wanted, and no basic types satisfy the constraints
	symbols  []string                // functions of libraries, by the linker's names
	imports  []string                // packages of libraries
	outside  []expression            // generic functions of libraries
	inside   map[string][]expression // for a file in the package, by its path
	programs []string                // paths of packages main
	skipped  []Skipped
}

// Skipped is a function that cannot be linked.
type Skipped struct {
	Func   *types.Func
	Reason string
}

func newKeeper(c Config) *keeper {
	k := &keeper{
		config: c, bodies: map[*types.Func]*ast.FuncDecl{},
		wanted: map[*types.Func]bool{}, open: map[*types.Func]bool{}, inside: map[string][]expression{},
	}
	for _, p := range c.Packages {
		for _, f := range p.Files {
			for _, d := range f.Decls {
				if decl, ok := d.(*ast.FuncDecl); ok {
					if fn, ok := p.Info.Defs[decl.Name].(*types.Func); ok {
						k.bodies[fn] = decl
					}
				}
			}
		}
	}
	for _, fn := range c.Keep {
		k.keep(fn.Origin())
	}
	k.users()
	for _, fn := range c.Keep {
		if !k.open[fn.Origin()] {
			continue
		}
		if arguments, ok := instantiate(fn.Origin(), true); ok {
			k.refer(expression{fn.Origin(), arguments}, fn.Pkg())
		} else {
			k.skip(fn, "has constraints that no type satisfies that it could be tried with, and no use in the packages")
		}
	}
	slices.Sort(k.symbols)
	k.symbols = slices.Compact(k.symbols)
	slices.Sort(k.imports)
	k.imports = slices.Compact(k.imports)
	slices.Sort(k.programs)
	k.programs = slices.Compact(k.programs)
	return k
}

func (k *keeper) skip(fn *types.Func, reason string) {
	k.skipped = append(k.skipped, Skipped{Func: fn, Reason: reason})
}

// keep notes one function.
func (k *keeper) keep(fn *types.Func) {
	decl := k.bodies[fn]
	switch {
	case fn.Pkg() == nil:
		k.skip(fn, "has no package")
	case decl == nil:
		k.skip(fn, "is not declared in the packages under check")
	case decl.Body == nil:
		k.skip(fn, "is written in assembly")
	case fn.Name() == "_":
		k.skip(fn, "has no name, so nothing calls it")
	case generic(fn):
		k.wanted[fn] = true
		k.instance(fn)
	default:
		k.plain(fn)
	}
}

// plain notes a function without type parameters.
func (k *keeper) plain(fn *types.Func) {
	path := fn.Pkg().Path()
	initial := fn.Name() == "init" && fn.Signature().Recv() == nil // runs when the package is linked
	switch {
	case fn.Pkg().Name() == "main":
		k.programs = append(k.programs, path)
		if !initial && (fn.Name() != "main" || fn.Signature().Recv() != nil) {
			k.inside[path] = append(k.inside[path], expression{fn: fn})
		}
	default:
		k.imports = append(k.imports, path)
		if !initial {
			k.symbols = append(k.symbols, Symbol(fn))
		}
	}
}

// instance notes an instance of a generic function, for basic types.
func (k *keeper) instance(fn *types.Func) {
	arguments, ok := instantiate(fn, false)
	if !ok {
		k.open[fn] = true
		return
	}
	k.refer(expression{fn, arguments}, fn.Pkg())
}

// refer notes a reference to a generic function: from the generated main function if
// that can name the function and its type arguments, else from package from.
func (k *keeper) refer(e expression, from *types.Package) {
	main := e.fn.Pkg().Name() == "main"
	if !main {
		k.imports = append(k.imports, e.fn.Pkg().Path())
	}
	if !main && e.visible(nil) {
		k.outside = append(k.outside, e)
		k.imports = append(k.imports, e.packages()...)
		return
	}
	path := from.Path()
	k.inside[path] = append(k.inside[path], e)
	if from.Name() == "main" {
		k.programs = append(k.programs, path)
	} else {
		k.imports = append(k.imports, path)
	}
}

// users notes the functions that use an instance of a wanted generic function: they
// have it compiled for their types.
func (k *keeper) users() {
	if len(k.wanted) == 0 {
		return
	}
	for _, p := range k.config.Packages {
		var places []token.Pos
		for id, obj := range p.Info.Uses {
			fn, ok := obj.(*types.Func)
			if !ok || !k.wanted[fn.Origin()] {
				continue
			}
			places = append(places, id.Pos())
			e := expression{fn.Origin(), argumentsOf(fn, p.Info.Instances[id].TypeArgs)}
			if e.visible(nil) || k.open[e.fn] && e.visible(p.Types) {
				k.refer(e, p.Types)
				delete(k.open, e.fn)
			}
		}
		slices.Sort(places)
		for _, f := range p.Files {
			for _, d := range f.Decls {
				decl, ok := d.(*ast.FuncDecl)
				if !ok || decl.Body == nil || decl.Name.Name == "_" {
					continue
				}
				at, _ := slices.BinarySearch(places, decl.Pos())
				if at == len(places) || places[at] >= decl.End() {
					continue
				}
				if fn, ok := p.Info.Defs[decl.Name].(*types.Func); ok && !generic(fn) {
					k.plain(fn)
				}
			}
		}
	}
}
