package errkind

import (
	"errors"
	"testing"
)

func TestErrorf(t *testing.T) {
	kind := errors.New("a: full")
	err := Errorf(kind, "b: %d items: no room", 3)
	if err.Error() != "b: 3 items: no room" || !errors.Is(err, kind) || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
