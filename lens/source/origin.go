package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// The call graph does not tell the elements of one slice, map or channel from those of
// another of the same type. What a program never puts anything in can hold anything: it
// is for other programs to fill.

// origin is where a value is kept: a field, a variable of a package, a parameter; nil
// for another place. Element: the value is in a slice, array, map or channel there.
func origin(v ssa.Value) (place any, element bool) {
	for range 16 {
		switch x := v.(type) {
		case *ssa.Parameter, *ssa.Global:
			return x, element
		case *ssa.FieldAddr:
			return fieldOf(x.X.Type(), x.Field), element
		case *ssa.Field:
			return fieldOf(x.X.Type(), x.Field), element
		case *ssa.IndexAddr:
			v, element = x.X, true
		case *ssa.Index:
			v, element = x.X, true
		case *ssa.Lookup:
			v, element = x.X, true
		case *ssa.UnOp:
			if x.Op == token.ARROW {
				element = true
			}
			v = x.X
		case *ssa.Extract:
			switch tuple := x.Tuple.(type) {
			case *ssa.Lookup, *ssa.UnOp, *ssa.TypeAssert:
				v = x.Tuple
			case *ssa.Next:
				if r, ok := tuple.Iter.(*ssa.Range); ok {
					v, element = r.X, true
				}
			case *ssa.Select:
				state := received(tuple, x.Index)
				if state == nil {
					return nil, element
				}
				v, element = state.Chan, true
			default:
				return nil, element
			}
		case *ssa.Slice:
			v = x.X
		case *ssa.ChangeType:
			v = x.X
		case *ssa.ChangeInterface:
			v = x.X
		case *ssa.TypeAssert:
			v = x.X
		default:
			return nil, element
		}
	}
	return nil, element
}

// received is the case of a select whose value is its result number index.
func received(s *ssa.Select, index int) *ssa.SelectState {
	n := 2 // after the case's number and whether the channel is open
	for _, state := range s.States {
		if state.Dir != types.RecvOnly {
			continue
		}
		if n == index {
			return state
		}
		n++
	}
	return nil
}

// fieldOf is a field of a struct, the same for all instances of a generic one.
func fieldOf(t types.Type, index int) any {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		return s.Field(index).Origin()
	}
	return nil
}

// isOpen reports whether nothing in the program decides what v is: it is the parameter
// of a function without callers, or an element of something that is never filled.
func (j *judge) isOpen(v ssa.Value) bool {
	place, element := origin(v)
	switch p := place.(type) {
	case nil:
		return false
	case *ssa.Parameter:
		return len(j.callers(p.Parent())) == 0
	default:
		return element && !j.written().at(p)
	}
}
