package gpu

import "context"

// Driver opens a backend: vulkan.Driver and dummy.Driver in the packages below.
type Driver interface {
	// Name is the word that Config.Backend selects it by.
	Name() string
	// Open opens a device. An error that wraps [ErrBackendUnavailable] lets "auto" try
	// the next driver.
	Open(ctx context.Context, c DriverConfig) (Backend, error)
}

// DriverConfig is the part of a Config that drivers see.
type DriverConfig struct {
	// Validation: see Config.Validation.
	Validation bool
}
