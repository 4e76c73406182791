package arena

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

type sample struct {
	At    int64
	Value [3]float32
	Flags struct{ Valid, Last bool }
	Ptr   uintptr
	_     [0]*int
}

type nested struct {
	Head sample
	Tail [2]struct {
		N    int
		Name string
	}
}

// list refers to itself, which must not make the check endless.
type list struct {
	value int
	next  *list
}

var _ = list{value: 0, next: nil}

func TestPointerFree(t *testing.T) {
	for name, check := range map[string]func() error{
		"int": PointerFree[int], "complex": PointerFree[complex128], "bool": PointerFree[bool],
		"array": PointerFree[[4][4]float64], "struct": PointerFree[sample], "empty": PointerFree[struct{}],
		"uintptr": PointerFree[uintptr], "array of no pointers": PointerFree[[0]string],
	} {
		if err := check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		check func() error
		path  string
		kind  reflect.Kind
	}{
		{PointerFree[*int], "", reflect.Pointer},
		{PointerFree[string], "", reflect.String},
		{PointerFree[[]byte], "", reflect.Slice},
		{PointerFree[map[int]int], "", reflect.Map},
		{PointerFree[chan int], "", reflect.Chan},
		{PointerFree[func()], "", reflect.Func},
		{PointerFree[any], "", reflect.Interface},
		{PointerFree[unsafe.Pointer], "", reflect.UnsafePointer},
		{PointerFree[[2]error], "[0]", reflect.Interface},
		{PointerFree[nested], ".Tail[0].Name", reflect.String},
		{PointerFree[list], ".next", reflect.Pointer},
	} {
		var err *PointerError
		if !errors.As(c.check(), &err) || err.Path != c.path || err.Kind != c.kind {
			t.Errorf("want %q %v, got %+v", c.path, c.kind, err)
		}
	}
	if err := PointerFree[nested](); !strings.Contains(err.Error(), "arena.nested.Tail[0].Name is a string") {
		t.Errorf("the error does not name the field: %v", err)
	}
}
