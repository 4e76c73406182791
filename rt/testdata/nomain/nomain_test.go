// Package nomain has forgotten rt.Main.
package nomain

import (
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt"
)

var entry = rt.Entry("forgotten", func(*rt.Child) error { return nil })

func TestStartWithoutTestMain(t *testing.T) {
	_, err := rt.Start(t.Context(), entry, rt.IsolateConfig{})
	if !errors.Is(err, rt.ErrNoMain) || !strings.Contains(err.Error(), "func TestMain(m *testing.M) { rt.Main(); os.Exit(m.Run()) }") {
		t.Errorf("Start: %v, want ErrNoMain with the fix", err)
	}
	i, err := rt.Start(t.Context(), entry, rt.IsolateConfig{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	t.Log("refused, and fine in this process")
}
