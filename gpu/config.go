package gpu

import (
	"fmt"

	"github.com/memkit-go/memkit/internal/errkind"
)

// Config says which device to open, and how its memory is divided.
type Config struct {
	// Backend is the Name of a driver, or "auto" or empty for the first of Drivers
	// that finds a device.
	Backend string
	// Drivers are tried in this order. Programs name the packages that they want:
	// vulkan.Driver{} needs a C compiler to build, dummy.Driver{} does not.
	Drivers []Driver
	// Validation asks the driver to check every call, for tests: slow. Vulkan takes
	// the Khronos validation layer, and an error if it is not installed.
	Validation bool
	// BlockSize is what the device's own pools take from the driver at a time. 0
	// means 16 MiB.
	BlockSize uint64
	// MaxBuffers is how many buffers each block of the device's own pools may hold. 0
	// means 1024.
	MaxBuffers int
	// Budgets limit what all pools take from the driver, by memory type.
	Budgets [4]Budget
}

// Budget limits memory. Zero values are no limit.
type Budget struct {
	// Soft is where OnSoft is called, with the bytes in use; once, until use has
	// fallen below it again.
	Soft   uint64
	OnSoft func(used uint64)
	// Hard is never exceeded: ErrBudget.
	Hard uint64
}

const (
	defaultBlockSize  = 16 << 20
	defaultMaxBuffers = 1024
)

func (c Config) validate() (Config, error) {
	if c.BlockSize == 0 {
		c.BlockSize = defaultBlockSize
	}
	if c.MaxBuffers == 0 {
		c.MaxBuffers = defaultMaxBuffers
	}
	if c.Backend == "" {
		c.Backend = auto
	}
	for t, b := range c.Budgets {
		if err := b.validate(fmt.Sprintf("Config.Budgets[%v]", MemoryType(t))); err != nil {
			return c, err
		}
	}
	for i, d := range c.Drivers {
		if d == nil {
			return c, fmt.Errorf("gpu: Config.Drivers[%d]: is nil; give vulkan.Driver{} or dummy.Driver{}", i)
		}
	}
	return c, (&PoolConfig{Type: DeviceLocal, BlockSize: c.BlockSize, MaxBuffers: c.MaxBuffers}).validate()
}

func (b Budget) validate(field string) error {
	if b.Hard > 0 && b.Soft > b.Hard {
		return fmt.Errorf("gpu: %s: Soft %d is beyond Hard %d; warn before you refuse", field, b.Soft, b.Hard)
	}
	return nil
}

const auto = "auto"

// planned are backends that a user may ask for and this package does not have.
var planned = map[string]string{
	"metal": "Metal is not implemented; on macOS a Vulkan loader such as MoltenVK's serves",
	"dx12":  "DirectX 12 is not implemented; use vulkan",
}

// choose lists the drivers to try.
func (c *Config) choose() ([]Driver, error) {
	if reason, ok := planned[c.Backend]; ok {
		return nil, errkind.Errorf(ErrBackendUnavailable, "gpu: Config.Backend %q: %s", c.Backend, reason)
	}
	if len(c.Drivers) == 0 {
		return nil, errkind.Errorf(ErrBackendUnavailable, "gpu: Config.Drivers: is empty; give vulkan.Driver{}, dummy.Driver{} or both")
	}
	if c.Backend == auto {
		return c.Drivers, nil
	}
	for _, d := range c.Drivers {
		if d.Name() == c.Backend {
			return []Driver{d}, nil
		}
	}
	return nil, errkind.Errorf(ErrBackendUnavailable, "gpu: Config.Backend %q: none of Config.Drivers has this name; import its package and add its Driver", c.Backend)
}
