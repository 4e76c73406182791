package link

import (
	"fmt"
	"go/types"
	"strings"
)

// Symbol is the name by which the linker knows a function, without type arguments:
// "path/to/pkg.(*Type).Method".
func Symbol(fn *types.Func) string {
	fn = fn.Origin()
	path := packagePath(fn.Pkg())
	recv := fn.Signature().Recv()
	if recv == nil {
		return path + "." + fn.Name()
	}
	typ, pointer := recv.Type(), ""
	if p, ok := typ.(*types.Pointer); ok {
		typ, pointer = p.Elem(), "*"
	}
	name := "?"
	if named, ok := types.Unalias(typ).(*types.Named); ok {
		name = named.Obj().Name()
	}
	if pointer != "" {
		return fmt.Sprintf("%s.(*%s).%s", path, name, fn.Name())
	}
	return fmt.Sprintf("%s.%s.%s", path, name, fn.Name())
}

// packagePath is the path of a package as it is in the names of functions: with the
// dots of its last element escaped.
func packagePath(pkg *types.Package) string {
	if pkg == nil {
		return "?"
	}
	if pkg.Name() == "main" {
		return "main"
	}
	path := pkg.Path()
	slash := strings.LastIndexByte(path, '/') + 1
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c <= ' ' || c == '.' && i >= slash || c == '%' || c == '"' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// generic reports whether a function has type parameters, its receiver's included.
func generic(fn *types.Func) bool {
	s := fn.Signature()
	return s.TypeParams().Len() > 0 || s.RecvTypeParams().Len() > 0
}
