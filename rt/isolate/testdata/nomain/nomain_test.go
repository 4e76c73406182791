// Package nomain has forgotten isolate.Main.
package nomain

import (
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/isolate"
)

var entry = isolate.Entry("forgotten", func(*isolate.Child) error { return nil })

func TestStartWithoutTestMain(t *testing.T) {
	_, err := isolate.Start(t.Context(), entry, isolate.Config{})
	if !errors.Is(err, isolate.ErrNoMain) || !strings.Contains(err.Error(), "func TestMain(m *testing.M) { isolate.Main(); os.Exit(m.Run()) }") {
		t.Errorf("Start: %v, want ErrNoMain with the fix", err)
	}
	i, err := isolate.Start(t.Context(), entry, isolate.Config{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	t.Log("refused, and fine in this process")
}
