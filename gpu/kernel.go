package gpu

import "github.com/memkit-go/memkit/internal/errkind"

// KernelCode is a compute kernel in a form for each backend. Code that uses it
// does not know which one runs.
type KernelCode struct {
	Name string
	// SPIRV is for Vulkan. Its entry point is main.
	SPIRV []byte
	// Go is for package dummy. It is called once for each workgroup.
	Go func(*Invocation)
	// Bindings are the kernel's buffers, bindings 0 and up of set 0: Storage or
	// Uniform.
	Bindings []Usage
	// Constants is the size of the push constants in bytes, a multiple of 4 up to
	// 128.
	Constants int
	// Specialization are the values of the constants with constant_id 0 and up.
	Specialization []uint32
	// Resident: the kernel follows the protocol of [Resident].
	Resident bool
}

// Invocation is what a kernel in Go works on: one workgroup of a dispatch.
type Invocation struct {
	// Group of Groups.
	Group, Groups [3]uint32
	// Buffers are the arguments, in the order of the bindings. Of a resident kernel
	// they are the input, the output, the state and further arguments, without the
	// words of the protocol.
	Buffers [][]byte
	// Constants are the push constants.
	Constants []byte
	// Specialization is KernelCode.Specialization.
	Specialization []uint32
}

const (
	mostConstants = 128 // what every Vulkan device has
	mostBindings  = 16
	spirvMagic    = 0x07230203

	spirvFunctionEnd = 56 // the opcode that a module with a function ends with
)

func (c *KernelCode) validate() error {
	switch {
	case len(c.SPIRV) == 0 && c.Go == nil:
		return errkind.Errorf(ErrKernel, "gpu: KernelCode %q: has neither SPIRV nor Go; give the form that the backend needs", c.Name)
	case len(c.SPIRV) > 0 && !isSPIRV(c.SPIRV):
		return errkind.Errorf(ErrKernel, "gpu: KernelCode %q: SPIRV of %d bytes is no SPIR-V module; give the output of glslangValidator -V", c.Name, len(c.SPIRV))
	case len(c.Bindings) > mostBindings:
		return errkind.Errorf(ErrKernel, "gpu: KernelCode %q: %d Bindings: at most %d; put values into one buffer", c.Name, len(c.Bindings), mostBindings)
	case c.Constants < 0 || c.Constants > mostConstants || c.Constants%4 != 0:
		return errkind.Errorf(ErrKernel, "gpu: KernelCode %q: Constants %d: must be a multiple of 4 up to %d; put more into a Uniform buffer", c.Name, c.Constants, mostConstants)
	}
	for i, u := range c.Bindings {
		if u != Storage && u != Uniform {
			return errkind.Errorf(ErrKernel, "gpu: KernelCode %q: Bindings[%d] %v: must be Storage or Uniform", c.Name, i, u)
		}
	}
	return nil
}

// isSPIRV looks at the header: five words, of which the first is known, and the
// fourth bounds the numbers in the module.
func isSPIRV(b []byte) bool {
	word := func(i int) uint32 {
		return uint32(b[4*i]) | uint32(b[4*i+1])<<8 | uint32(b[4*i+2])<<16 | uint32(b[4*i+3])<<24
	}
	if len(b)%4 != 0 || len(b) < 4*6 || word(0) != spirvMagic || word(3) == 0 || word(4) != 0 {
		return false
	}
	// Each instruction says how many words it has; together they fill the module.
	i, n := 5, len(b)/4
	opcode := uint32(0)
	for i < n {
		words := int(word(i) >> 16)
		if words == 0 || words > n-i {
			return false
		}
		opcode = word(i) & 0xffff
		i += words
	}
	return opcode == spirvFunctionEnd
}

// Kernel is a kernel that the device has accepted.
type Kernel struct {
	device *Device
	handle Handle
	code   KernelCode
	jobs   int // that refer to it; guarded by device.mu
}

// NewKernel compiles a kernel. It allocates in the driver, so it is for set-up.
func (d *Device) NewKernel(c KernelCode) (*Kernel, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := d.allocating("compiling the kernel "+c.Name, uint64(len(c.SPIRV))); err != nil {
		return nil, err
	}
	h, err := d.backend.NewKernel(&c)
	if err != nil {
		return nil, err
	}
	k := &Kernel{device: d, handle: h, code: c}
	d.mu.Lock()
	d.kernels[k] = struct{}{}
	d.mu.Unlock()
	return k, nil
}

// Name is KernelCode.Name.
func (k *Kernel) Name() string { return k.code.Name }

// Close gives the kernel back. Jobs that use it must be closed before: ErrInUse.
func (k *Kernel) Close() error {
	d := k.device
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case k.handle == 0:
		return nil
	case k.jobs > 0:
		return errkind.Errorf(ErrInUse, "gpu: kernel %q: %d recorded jobs use it; close them first", k.code.Name, k.jobs)
	}
	d.backend.FreeKernel(k.handle)
	delete(d.kernels, k)
	k.handle = 0
	return nil
}
