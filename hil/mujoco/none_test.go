//go:build !(cgo && mujoco && linux)

package mujoco

import (
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil"
)

func TestBuildWithoutMuJoCoSaysWhatItNeeds(t *testing.T) {
	_, err := Open(Config{})
	if !errors.Is(err, ErrNotBuilt) {
		t.Fatal(err)
	}
	for _, want := range []string{"libmujoco-dev 2.2.2", "-tags mujoco"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not name %s", err, want)
		}
	}
	var e Engine
	if _, err := e.Load(PlantConfig{Path: "model.xml"}); err != ErrNotBuilt {
		t.Error(err)
	}
	var p Plant
	if p.Step(hil.Tick{}, nil, nil) != ErrNotBuilt || p.Restore(nil) != ErrNotBuilt || p.Close() != nil || e.Close() != nil {
		t.Error("a plant that is not built does something")
	}
	t.Log("skipped without MuJoCo: the tests of its plants;", err)
}
