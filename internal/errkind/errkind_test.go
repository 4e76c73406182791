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

func TestWrapf(t *testing.T) {
	held := errors.New("ring: side is held")
	for want, err := range map[string]error{
		"trace: control: side is held":       Wrapf(held, "ring", "trace: %s", "control"),
		"trace: control: ring: side is held": Wrapf(held, "tlsf", "trace: %s", "control"),
	} {
		if err.Error() != want || !errors.Is(err, held) {
			t.Errorf("%q, want %q", err, want)
		}
	}
}
