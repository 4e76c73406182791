package link

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// expression is a function, with type arguments if it is generic.
type expression struct {
	fn        *types.Func
	arguments []types.Type
}

// argumentsOf are the type arguments of an instance: those of its receiver, or given.
func argumentsOf(fn *types.Func, given *types.TypeList) []types.Type {
	if r := receiver(fn); r != nil {
		given = r.TypeArgs()
	}
	var list []types.Type
	for i := range given.Len() {
		list = append(list, given.At(i))
	}
	return list
}

// receiver is the type of a method's receiver, without pointer; nil for functions.
func receiver(fn *types.Func) *types.Named {
	recv := fn.Signature().Recv()
	if recv == nil {
		return nil
	}
	t := recv.Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

// visible reports whether a package can name the function and its type arguments. Nil
// stands for any other package.
func (e expression) visible(from *types.Package) bool {
	objects := []types.Object{e.fn}
	if r := receiver(e.fn); r != nil {
		objects = append(objects, r.Obj())
	}
	for _, o := range objects {
		if o.Pkg() != from && !o.Exported() {
			return false
		}
	}
	for _, a := range e.arguments {
		if !nameable(a, from, 0) {
			return false
		}
	}
	return len(e.arguments) > 0 || !generic(e.fn)
}

// maxDepth limits the nesting of types that are looked into.
const maxDepth = 20

// nameable reports whether a package can write a type down.
func nameable(t types.Type, from *types.Package, depth int) bool {
	if depth > maxDepth {
		return false
	}
	all := func(list ...types.Type) bool {
		return !slices.ContainsFunc(list, func(t types.Type) bool { return !nameable(t, from, depth+1) })
	}
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() != types.UnsafePointer
	case *types.Alias:
		return all(types.Unalias(t))
	case *types.Pointer:
		return all(t.Elem())
	case *types.Slice:
		return all(t.Elem())
	case *types.Array:
		return all(t.Elem())
	case *types.Chan:
		return all(t.Elem())
	case *types.Map:
		return all(t.Key(), t.Elem())
	case *types.Named:
		o := t.Obj()
		if o.Pkg() != nil && (o.Parent() != o.Pkg().Scope() || o.Pkg() != from && (!o.Exported() || o.Pkg().Name() == "main")) {
			return false
		}
		for i := range t.TypeArgs().Len() {
			if !all(t.TypeArgs().At(i)) {
				return false
			}
		}
		return true
	}
	return false // structures, functions, interfaces and type parameters
}

// packages are the paths of those that the type arguments name.
func (e expression) packages() []string {
	var list []string
	e.text(func(p *types.Package) string {
		list = append(list, p.Path())
		return p.Name()
	})
	return list
}

// text is the expression in Go, with the names of packages that the qualifier gives.
func (e expression) text(qualifier types.Qualifier) string {
	list := ""
	if len(e.arguments) > 0 {
		texts := make([]string, len(e.arguments))
		for i, a := range e.arguments {
			texts[i] = types.TypeString(types.Unalias(a), qualifier)
		}
		list = "[" + strings.Join(texts, ", ") + "]"
	}
	pkg := qualifier(e.fn.Pkg())
	if pkg != "" {
		pkg += "."
	}
	r := receiver(e.fn)
	if r == nil {
		return pkg + e.fn.Name() + list
	}
	star := ""
	if _, ok := e.fn.Signature().Recv().Type().(*types.Pointer); ok {
		star = "*"
	}
	return fmt.Sprintf("(%s%s%s%s).%s", star, pkg, r.Obj().Name(), list, e.fn.Name())
}
