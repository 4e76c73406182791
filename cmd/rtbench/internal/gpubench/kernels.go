package gpubench

import (
	_ "embed"
	"encoding/binary"

	"github.com/memkit-go/memkit/gpu"
)

//go:generate glslangValidator --quiet --target-env vulkan1.1 -V -I../../../../gpu empty.comp -o empty.spv
//go:generate glslangValidator --quiet --target-env vulkan1.1 -V -I../../../../gpu echo.comp -o echo.spv
//go:generate glslangValidator --quiet --target-env vulkan1.1 -V nothing.comp -o nothing.spv
//go:generate glslangValidator --quiet --target-env vulkan1.1 -V burn.comp -o burn.spv
//go:generate glslangValidator --quiet --target-env vulkan1.1 -V copy.comp -o copy.spv

var (
	//go:embed empty.spv
	emptySPIRV []byte
	//go:embed echo.spv
	echoSPIRV []byte
	//go:embed nothing.spv
	nothingSPIRV []byte
	//go:embed burn.spv
	burnSPIRV []byte
	//go:embed copy.spv
	copySPIRV []byte
)

var residentBindings = []gpu.Usage{gpu.Storage, gpu.Storage, gpu.Storage}

func emptyKernel() gpu.KernelCode {
	return gpu.KernelCode{Name: "empty", SPIRV: emptySPIRV, Go: func(*gpu.Invocation) {}, Resident: true, Bindings: residentBindings, Constants: 4}
}

func echoKernel() gpu.KernelCode {
	return gpu.KernelCode{Name: "echo", SPIRV: echoSPIRV, Go: func(v *gpu.Invocation) { copy(v.Buffers[1], v.Buffers[0]) }, Resident: true, Bindings: residentBindings, Constants: 4}
}

func nothingKernel() gpu.KernelCode {
	return gpu.KernelCode{Name: "nothing", SPIRV: nothingSPIRV, Bindings: []gpu.Usage{gpu.Storage}, Go: func(v *gpu.Invocation) {
		b := v.Buffers[0]
		binary.LittleEndian.PutUint32(b, binary.LittleEndian.Uint32(b)+1)
	}}
}

func burnKernel() gpu.KernelCode {
	return gpu.KernelCode{Name: "burn", SPIRV: burnSPIRV, Bindings: []gpu.Usage{gpu.Storage}, Constants: 4, Go: func(*gpu.Invocation) {}}
}

func copyKernel() gpu.KernelCode {
	return gpu.KernelCode{Name: "copy", SPIRV: copySPIRV, Bindings: []gpu.Usage{gpu.Storage, gpu.Storage}, Go: func(v *gpu.Invocation) {
		if v.Group[0] == 0 {
			copy(v.Buffers[1], v.Buffers[0])
		}
	}}
}
