//go:build !rtdebug

package pool

import (
	"reflect"
	"testing"
)

// TestReleaseCarriesNoDebugState: without its debug fields every type has the
// same size and the same alignment.
func TestReleaseCarriesNoDebugState(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Local[block]](), reflect.TypeFor[Shared[block]](), reflect.TypeFor[Handles[block]](),
		reflect.TypeFor[Classes](), reflect.TypeFor[class](), reflect.TypeFor[Frame](),
	} {
		found, size := 0, uintptr(0)
		for i := range typ.NumField() {
			f := typ.Field(i)
			switch f.Name {
			case "watch", "owner":
				found++
				continue
			}
			align := uintptr(f.Type.Align())
			size = (size+align-1)&^(align-1) + f.Type.Size()
		}
		size = (size + uintptr(typ.Align()) - 1) &^ (uintptr(typ.Align()) - 1)
		if found == 0 {
			t.Errorf("%v has no debug field; the test would pass for the wrong reason", typ)
		}
		if typ.Size() != size {
			t.Errorf("%v takes %d bytes, %d of them for debug builds", typ, typ.Size(), typ.Size()-size)
		}
	}
}
