package gputest

import (
	_ "embed"
	"encoding/binary"

	"github.com/memkit-go/memkit/gpu"
)

//go:generate glslangValidator --quiet --target-env vulkan1.1 -V sum.comp -o sum.spv
//go:generate glslangValidator --quiet --target-env vulkan1.1 -V -I.. count.comp -o count.spv

var (
	//go:embed sum.spv
	sumSPIRV []byte
	//go:embed count.spv
	countSPIRV []byte
)

// lanes are the elements that a workgroup of sum takes.
const lanes = 64

// Sum is a kernel for tests: result = a + scale*b + offset + bias, in 64 elements a
// workgroup. Its bindings are a, b, result and scale, offset is a push constant.
func Sum(bias uint32) gpu.KernelCode {
	return gpu.KernelCode{
		Name: "sum", SPIRV: sumSPIRV, Constants: 4, Specialization: []uint32{bias},
		Bindings: []gpu.Usage{gpu.Storage, gpu.Storage, gpu.Storage, gpu.Uniform},
		Go: func(v *gpu.Invocation) {
			word := binary.LittleEndian.Uint32
			for i := int(v.Group[0]) * lanes; i < int(v.Group[0]+1)*lanes; i++ {
				n := word(v.Buffers[0][4*i:]) + word(v.Buffers[3])*word(v.Buffers[1][4*i:]) + word(v.Constants) + v.Specialization[0]
				binary.LittleEndian.PutUint32(v.Buffers[2][4*i:], n)
			}
		},
	}
}

// Count is a resident kernel for tests: each workgroup adds the input, times its
// weight of binding 3, to a sum that it keeps.
func Count() gpu.KernelCode {
	return gpu.KernelCode{
		Name: "count", SPIRV: countSPIRV, Constants: 4, Resident: true,
		Bindings: []gpu.Usage{gpu.Storage, gpu.Storage, gpu.Storage, gpu.Storage},
		Go: func(v *gpu.Invocation) {
			g := 4 * v.Group[0]
			word := binary.LittleEndian.Uint32
			sum := word(v.Buffers[2][g:]) + word(v.Buffers[0])*word(v.Buffers[3][g:])
			binary.LittleEndian.PutUint32(v.Buffers[2][g:], sum)
			binary.LittleEndian.PutUint32(v.Buffers[1][g:], sum)
		},
	}
}
