package arena

import (
	"fmt"
	"reflect"
)

// PointerError names the part of a type that holds a Go pointer.
type PointerError struct {
	Type reflect.Type // that was to live in an arena
	Path string       // to the offending field from Type: ".Header.Name", "" for Type itself
	Kind reflect.Kind // of that field
}

func (e *PointerError) Error() string {
	return fmt.Sprintf("arena: %v%s is a %v, which holds a Go pointer the garbage collector would not see; use indices, offsets or fixed-size arrays",
		e.Type, e.Path, e.Kind)
}

// PointerFree returns nil when values of T may live in an arena, else a
// [*PointerError]. It reflects over T: call it in constructors, not in loops.
func PointerFree[T any]() error {
	t := reflect.TypeFor[T]()
	if path, kind, found := pointerIn(t); found {
		return &PointerError{Type: t, Path: path, Kind: kind}
	}
	return nil
}

// pointerIn finds the first pointer in t. Types cannot contain themselves
// without a pointer in between, so the recursion ends.
func pointerIn(t reflect.Type) (path string, kind reflect.Kind, found bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func,
		reflect.Interface, reflect.Slice, reflect.String:
		return "", t.Kind(), true
	case reflect.Array:
		if t.Len() == 0 {
			return "", 0, false
		}
		path, kind, found = pointerIn(t.Elem())
		return "[0]" + path, kind, found
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if path, kind, found = pointerIn(f.Type); found {
				return "." + f.Name + path, kind, true
			}
		}
	}
	return "", 0, false
}
