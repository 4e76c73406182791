//go:build !rtdebug

package ring

import (
	"reflect"
	"testing"
)

// TestReleaseCarriesNoDebugState: an endpoint's owner is nothing, and at its
// beginning, where it needs no padding.
func TestReleaseCarriesNoDebugState(t *testing.T) {
	owner, ok := reflect.TypeFor[Endpoint]().FieldByName("owner")
	if !ok || owner.Type.Size() != 0 || owner.Offset != 0 {
		t.Errorf("owner takes %d bytes at offset %d", owner.Type.Size(), owner.Offset)
	}
}
