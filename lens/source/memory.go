package source

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// boxes reports whether a conversion to an interface needs memory for the value.
func boxes(i *ssa.MakeInterface) bool {
	if _, ok := i.X.(*ssa.Const); ok {
		return false
	}
	if u, ok := i.X.(*ssa.UnOp); ok && u.Op == token.MUL {
		if g, ok := u.X.(*ssa.Global); ok && strings.HasPrefix(g.Name(), "init$") {
			return false
		}
	}
	return needsMemory(i.X.Type())
}

// needsMemory reports whether an interface refers to a value of the type by a
// pointer to a copy.
func needsMemory(t types.Type) bool {
	if b, ok := t.Underlying().(*types.Basic); ok {
		switch b.Kind() {
		case types.Bool, types.Uint8, types.Int8, types.UntypedNil:
			return false
		}
	}
	return !pointerShaped(t) && sizeOf(t) != 0
}

// pointerShaped reports whether an interface holds a value of the type itself.
func pointerShaped(t types.Type) bool {
	if isTypeParam(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Chan, *types.Signature, *types.Interface:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Struct:
		return u.NumFields() == 1 && pointerShaped(u.Field(0).Type())
	case *types.Array:
		return u.Len() == 1 && pointerShaped(u.Elem())
	}
	return false
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

var sizes = types.SizesFor("gc", "amd64")

// sizeOf is the size of a type in bytes, 1 where a type parameter leaves it open.
func sizeOf(t types.Type) (size int64) {
	defer func() {
		if recover() != nil {
			size = 1
		}
	}()
	return sizes.Sizeof(t)
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

func isInteger(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

func isBytes(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	b, ok := s.Elem().Underlying().(*types.Basic)
	return ok && (b.Kind() == types.Uint8 || b.Kind() == types.Int32)
}

func isMap(t types.Type) bool {
	if _, ok := t.Underlying().(*types.Map); ok {
		return true
	}
	p, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		return false
	}
	core, ok := p.Constraint().Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for e := range core.EmbeddedTypes() {
		if _, ok := e.Underlying().(*types.Map); ok {
			return true
		}
		if u, ok := e.(*types.Union); ok && u.Len() == 1 {
			_, ok := u.Term(0).Type().Underlying().(*types.Map)
			return ok
		}
	}
	return false
}
