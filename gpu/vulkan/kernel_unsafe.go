//go:build cgo && linux

package vulkan

import (
	"runtime"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/internal/errkind"
)

type kernel struct {
	sets     vk.DescriptorSetLayout
	layout   vk.PipelineLayout
	pipeline vk.Pipeline
	bindings []vk.DescriptorType
}

// NewKernel compiles SPIR-V.
func (b *Backend) NewKernel(c *gpu.KernelCode) (gpu.Handle, error) {
	if len(c.SPIRV) == 0 {
		return 0, errkind.Errorf(gpu.ErrKernel, "vulkan: KernelCode %q: SPIRV is empty; give the output of glslangValidator -V", c.Name)
	}
	k := &kernel{}
	if err := b.layOut(k, c); err != nil {
		b.releaseKernel(k)
		return 0, err
	}
	words := make([]uint32, len(c.SPIRV)/4)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(c.SPIRV)), c.SPIRV)
	var module vk.ShaderModule
	err := failure("creating a shader module", vk.CreateShaderModule(b.device, &vk.ShaderModuleCreateInfo{SType: vk.StructureTypeShaderModuleCreateInfo, CodeSize: uint(len(c.SPIRV)), PCode: words}, nil, &module))
	if err == nil {
		err = b.compile(k, c, module)
		vk.DestroyShaderModule(b.device, module, nil)
	}
	if err != nil {
		b.releaseKernel(k)
		return 0, err
	}
	return b.kernels.add(k), nil
}

// layOut makes the layouts of the bindings and the push constants.
func (b *Backend) layOut(k *kernel, c *gpu.KernelCode) error {
	var list []vk.DescriptorSetLayoutBinding
	for i, u := range c.Bindings {
		t := vk.DescriptorTypeStorageBuffer
		if u == gpu.Uniform {
			t = vk.DescriptorTypeUniformBuffer
		}
		k.bindings = append(k.bindings, t)
		list = append(list, vk.DescriptorSetLayoutBinding{Binding: uint32(i), DescriptorType: t, DescriptorCount: 1, StageFlags: vk.ShaderStageFlags(vk.ShaderStageComputeBit)})
	}
	var r vk.Result
	k.sets, r = create(func(x *vk.DescriptorSetLayout) vk.Result {
		return vk.CreateDescriptorSetLayout(b.device, &vk.DescriptorSetLayoutCreateInfo{SType: vk.StructureTypeDescriptorSetLayoutCreateInfo, BindingCount: uint32(len(list)), PBindings: list}, nil, x)
	})
	if err := failure("creating a set layout", r); err != nil {
		return err
	}
	info := vk.PipelineLayoutCreateInfo{SType: vk.StructureTypePipelineLayoutCreateInfo, SetLayoutCount: 1, PSetLayouts: []vk.DescriptorSetLayout{k.sets}}
	if c.Constants > 0 {
		info.PushConstantRangeCount = 1
		info.PPushConstantRanges = []vk.PushConstantRange{{StageFlags: vk.ShaderStageFlags(vk.ShaderStageComputeBit), Size: uint32(c.Constants)}}
	}
	k.layout, r = create(func(x *vk.PipelineLayout) vk.Result { return vk.CreatePipelineLayout(b.device, &info, nil, x) })
	return failure("creating a pipeline layout", r)
}

// compile makes the pipeline.
func (b *Backend) compile(k *kernel, c *gpu.KernelCode, module vk.ShaderModule) error {
	stage := vk.PipelineShaderStageCreateInfo{SType: vk.StructureTypePipelineShaderStageCreateInfo, Stage: vk.ShaderStageComputeBit, Module: module, PName: zero("main")}
	values := append([]uint32(nil), c.Specialization...)
	if len(values) > 0 {
		s := vk.SpecializationInfo{MapEntryCount: uint32(len(values)), DataSize: uint(4 * len(values)), PData: unsafe.Pointer(&values[0])}
		for i := range values {
			s.PMapEntries = append(s.PMapEntries, vk.SpecializationMapEntry{ConstantID: uint32(i), Offset: uint32(4 * i), Size: 4})
		}
		stage.PSpecializationInfo = []vk.SpecializationInfo{s}
	}
	out := make([]vk.Pipeline, 1)
	r := vk.CreateComputePipelines(b.device, vk.NullPipelineCache, 1, []vk.ComputePipelineCreateInfo{{SType: vk.StructureTypeComputePipelineCreateInfo, Layout: k.layout, Stage: stage}}, nil, out)
	runtime.KeepAlive(values)
	k.pipeline = out[0]
	if r != vk.Success {
		return errkind.Errorf(gpu.ErrKernel, "vulkan: KernelCode %q: the driver does not compile it (result %d)", c.Name, r)
	}
	return nil
}

// FreeKernel gives a kernel back.
func (b *Backend) FreeKernel(h gpu.Handle) {
	if k := b.kernels.remove(h); k != nil {
		b.releaseKernel(k)
	}
}

func (b *Backend) releaseKernel(k *kernel) {
	vk.DestroyPipeline(b.device, k.pipeline, nil)
	vk.DestroyPipelineLayout(b.device, k.layout, nil)
	vk.DestroyDescriptorSetLayout(b.device, k.sets, nil)
}
