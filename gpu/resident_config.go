package gpu

import (
	"fmt"
	"time"

	"github.com/memkit-go/memkit/gpu/internal/doorbell"
	"github.com/memkit-go/memkit/internal/errkind"
)

// ResidentConfig describes a resident kernel.
type ResidentConfig struct {
	// Name appears in errors and statistics.
	Name string
	// Groups is how many workgroups the kernel has, 1 to 16; 0 means 1. Each takes a
	// multiprocessor of the device, polls for itself, and answers for itself.
	Groups int
	// State is how many bytes of the device's memory the kernel keeps from one ring
	// to the next, filled with zeros at first.
	State uint64
	// Arguments are bindings 3 and up of the kernel.
	Arguments []Buffer
	// Lifetime is how long one launch of the kernel stays on the device, about: it
	// ends after the next answer, and without one after twice as long, and the
	// launch behind it goes on. It must be below the time after which a driver takes
	// the device for hung, 2 s at the least. 0 means 400 ms; 1 ms to 500 ms. Between
	// two launches another process gets the device, if it wants it, for as long as
	// the driver gives it: up to 17 ms, where we measured it.
	Lifetime time.Duration
	// Probe is how many rings must be answered before NewResident returns; 0 means
	// 200.
	Probe int
	// ProbeLimit is how long each of them may take. 0 means 100 ms.
	ProbeLimit time.Duration
	// Submitted lets each Ring submit the kernel as a job, which answers once and
	// ends. It works on every device, and costs what a submitted job costs: with
	// Vulkan, Ring is then a call of C. It is the remedy for [ErrNoResident].
	Submitted bool
	// ShareQueue takes the compute queue where the device has none to spare for
	// resident kernels. All other jobs of that queue then wait until the kernel
	// ends.
	ShareQueue bool
}

func (c ResidentConfig) validate(k *Kernel) (ResidentConfig, error) {
	if c.Groups == 0 {
		c.Groups = 1
	}
	if c.Lifetime == 0 {
		c.Lifetime = 400 * time.Millisecond
	}
	if c.Probe == 0 {
		c.Probe = 200
	}
	if c.ProbeLimit == 0 {
		c.ProbeLimit = 100 * time.Millisecond
	}
	switch {
	case k == nil || !k.code.Resident:
		return c, errkind.Errorf(ErrKernel, "gpu: resident %q: the kernel is nil or not marked KernelCode.Resident: it would never answer", c.Name)
	case c.Groups < 1 || c.Groups > doorbell.MostGroups:
		return c, fmt.Errorf("gpu: ResidentConfig.Groups %d: must be 1 to %d", c.Groups, doorbell.MostGroups)
	case c.State > mostBlock || c.State%4 != 0:
		return c, fmt.Errorf("gpu: ResidentConfig.State %d: must be a multiple of 4 up to %d", c.State, uint64(mostBlock))
	case c.Lifetime < time.Millisecond || c.Lifetime > 500*time.Millisecond:
		return c, fmt.Errorf("gpu: ResidentConfig.Lifetime %v: must be 1ms to 500ms, below any watchdog of a driver", c.Lifetime)
	case c.Probe < 1 || c.Probe > 1e6:
		return c, fmt.Errorf("gpu: ResidentConfig.Probe %d: must be 1 to 1000000 rings", c.Probe)
	case c.ProbeLimit < 0 || c.ProbeLimit > 10*time.Second:
		return c, fmt.Errorf("gpu: ResidentConfig.ProbeLimit %v: must be at most 10s", c.ProbeLimit)
	case len(k.code.Bindings) != firstArgument+len(c.Arguments):
		return c, errkind.Errorf(ErrUsage, "gpu: resident %q: kernel %q has %d bindings; it needs 3 for the protocol and one for each of %d Arguments", c.Name, k.code.Name, len(k.code.Bindings), len(c.Arguments))
	case k.code.Constants != launchConstant:
		return c, errkind.Errorf(ErrKernel, "gpu: resident %q: kernel %q: Constants is %d; the protocol needs %d, the number of the launch", c.Name, k.code.Name, k.code.Constants, launchConstant)
	}
	return c, nil
}

const (
	firstArgument  = 3 // binding after the input, the output and the state
	launchConstant = 4 // bytes
)

// NoResidentError says why a resident kernel was refused.
type NoResidentError struct {
	Device string
	// Tried says what NewResident did, and Reason why that was not enough.
	Tried, Reason string
	// Answered is how many rings of the probe were.
	Answered int
}

func (e *NoResidentError) Error() string {
	return fmt.Sprintf("gpu: no resident kernel on %s: %s: %s; use ResidentConfig.Submitted, which submits a job at each ring", e.Device, e.Tried, e.Reason)
}

// Unwrap returns [ErrNoResident].
func (e *NoResidentError) Unwrap() error { return ErrNoResident }

// ResidentStats counts.
type ResidentStats struct {
	// Rings were answered in time, Late were not, and Busy were not made because an
	// earlier one had not been answered.
	Rings, Late, Busy uint64
	// Launches is how often the kernel was submitted.
	Launches uint64
}
