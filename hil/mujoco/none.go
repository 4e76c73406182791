//go:build !(cgo && mujoco && linux)

package mujoco

import (
	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/hil"
)

// Engine is not in this build: [ErrNotBuilt].
type Engine struct{}

// Plant is not in this build: [ErrNotBuilt].
type Plant struct{}

// Open returns ErrNotBuilt, or a *rt.ConfigError.
func Open(c Config) (*Engine, error) {
	if _, err := c.validate(); err != nil {
		return nil, err
	}
	return nil, ErrNotBuilt
}

// Load returns ErrNotBuilt, or a *rt.ConfigError.
func (*Engine) Load(c PlantConfig) (*Plant, error) {
	if _, err := c.validate(); err != nil {
		return nil, err
	}
	return nil, ErrNotBuilt
}

// Stats are zero.
func (*Engine) Stats() Stats { return Stats{} }

// Close returns nil.
func (*Engine) Close() error { return nil }

// Step returns ErrNotBuilt.
func (*Plant) Step(hil.Tick, []float64, []float64) error { return ErrNotBuilt }

// Save returns b.
func (*Plant) Save(b []byte) []byte { return b }

// Restore returns ErrNotBuilt.
func (*Plant) Restore([]byte) error { return ErrNotBuilt }

// Contacts returns ErrNotBuilt.
func (*Plant) Contacts(*core.Frame) (core.RefSlice[Contact], error) {
	return core.RefSlice[Contact]{}, ErrNotBuilt
}

// Sensors returns nil.
func (*Plant) Sensors() []hil.Channel { return nil }

// Actuators returns nil.
func (*Plant) Actuators() []hil.Channel { return nil }

// Close returns nil.
func (*Plant) Close() error { return nil }
