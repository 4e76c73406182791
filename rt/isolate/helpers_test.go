package isolate

import (
	"errors"
	"testing"

	"github.com/memkit-go/memkit/rt"
)

// wantConfigError fails unless err is a *rt.ConfigError of the field.
func wantConfigError(t *testing.T, err error, field string) {
	t.Helper()
	var c *rt.ConfigError
	if !errors.As(err, &c) || c.Field != field {
		t.Errorf("error %v, want a ConfigError of %s", err, field)
	}
}

// mustSetup prepares the process until the test's end.
func mustSetup(t *testing.T, c rt.ProcessConfig) {
	t.Helper()
	p, err := rt.Setup(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// collectorOff reports whether Setup has turned the garbage collector off.
func collectorOff(p *rt.Process) bool {
	for _, c := range p.Applied() {
		if c.Setting == "garbage collector" {
			return c.After == "off"
		}
	}
	return false
}
