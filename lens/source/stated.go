package source

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// stated lists the conversions that a package states without an instruction: blank
// variables with a type, and types that implement an interface of the library whose
// methods a real-time thread calls. A library has such types, and the program that uses
// it converts them.
func (j *judge) stated(pkg *ssa.Package) (list []conversion) {
	in := pkg.Func("init")
	if in == nil {
		return nil
	}
	for _, b := range j.annotations.blanks[pkg.Pkg] {
		list = append(list, conversion{in, b.pos, b.to, b.from, nil, b.function})
	}
	scope := pkg.Pkg.Scope()
	for _, iface := range j.entryInterfaces(pkg.Pkg) {
		for _, name := range scope.Names() {
			typ, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || typ.IsAlias() || types.IsInterface(typ.Type()) {
				continue
			}
			named, ok := typ.Type().(*types.Named)
			if !ok {
				continue
			}
			from := types.NewPointer(withOwnParams(named))
			if types.Implements(from, iface.Underlying().(*types.Interface)) {
				list = append(list, conversion{in: in, pos: typ.Pos(), to: iface, from: from})
			}
		}
	}
	return list
}

// withOwnParams is a generic type as its methods see it, with its type parameters as
// arguments; another type is itself.
func withOwnParams(named *types.Named) types.Type {
	if named.TypeParams().Len() == 0 {
		return named
	}
	var args []types.Type
	for p := range named.TypeParams().TypeParams() {
		args = append(args, p)
	}
	t, err := types.Instantiate(nil, named, args, false)
	if err != nil {
		return named
	}
	return t
}

// entryInterfaces lists the interfaces of imported packages that have a method which a
// real-time thread calls.
func (j *judge) entryInterfaces(pkg *types.Package) (list []types.Type) {
	for _, imported := range pkg.Imports() {
		if j.library.packages[imported.Path()] == nil {
			continue
		}
		scope := imported.Scope()
		for _, name := range scope.Names() {
			typ, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || typ.IsAlias() {
				continue
			}
			iface, ok := typ.Type().Underlying().(*types.Interface)
			if !ok {
				continue
			}
			for m := range iface.Methods() {
				if j.isEntry(m) {
					list = append(list, typ.Type())
					break
				}
			}
		}
	}
	return list
}
