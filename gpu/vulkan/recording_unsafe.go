//go:build cgo && linux

package vulkan

import (
	"errors"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/internal/vkhot"
	"github.com/memkit-go/memkit/internal/errkind"
)

type recording struct {
	pool        vk.CommandPool
	descriptors vk.DescriptorPool
	job         vkhot.Job
	made        bool // job is
	queue       int
	waits       []vkhot.Point
	signals     []vkhot.Point
}

// Record records commands.
func (b *Backend) Record(r *gpu.Recording) (gpu.Handle, error) {
	if r.Waits > vkhot.MostPoints || r.Signals > vkhot.MostPoints {
		return 0, errkind.Errorf(gpu.ErrUsage, "vulkan: %d waits, %d signals: at most %d of each", r.Waits, r.Signals, vkhot.MostPoints)
	}
	x := &recording{queue: r.Queue, waits: make([]vkhot.Point, 0, r.Waits), signals: make([]vkhot.Point, 0, r.Signals)}
	if err := b.record(x, r); err != nil {
		b.releaseRecording(x)
		return 0, err
	}
	return b.recordings.add(x), nil
}

func (b *Backend) record(x *recording, r *gpu.Recording) error {
	var result vk.Result
	x.pool, result = create(func(p *vk.CommandPool) vk.Result {
		return vk.CreateCommandPool(b.device, &vk.CommandPoolCreateInfo{SType: vk.StructureTypeCommandPoolCreateInfo, QueueFamilyIndex: uint32(b.caps.Queues[r.Queue].Family)}, nil, p)
	})
	err := failure("creating a command pool", result)
	if err != nil {
		return err
	}
	buffers := make([]vk.CommandBuffer, 1)
	err = failure("allocating a command buffer", vk.AllocateCommandBuffers(b.device, &vk.CommandBufferAllocateInfo{SType: vk.StructureTypeCommandBufferAllocateInfo, CommandPool: x.pool, CommandBufferCount: 1}, buffers))
	if err != nil {
		return err
	}
	if x.job, x.made = b.hot.NewJob(unsafe.Pointer(b.queues[r.Queue]), unsafe.Pointer(buffers[0])); !x.made {
		return gpu.ErrOutOfMemory
	}
	sets, err := b.describeArguments(x, r.Commands)
	if err != nil {
		return err
	}
	if err := b.result("recording", x.job.Begin()); err != nil {
		return err
	}
	for i := range r.Commands {
		if err := b.command(x, &r.Commands[i], sets[i]); err != nil {
			return errors.Join(err, b.result("recording", x.job.End()))
		}
	}
	x.job.Barrier(true)
	return b.result("recording", x.job.End())
}

func (b *Backend) command(x *recording, c *gpu.Command, set uint64) error {
	if c.Barrier {
		x.job.Barrier(false)
	}
	if c.Kernel != 0 {
		k := b.kernels.get(c.Kernel)
		if k == nil {
			return gpu.ErrStale
		}
		x.job.Dispatch(handle(unsafe.Pointer(k.pipeline)), handle(unsafe.Pointer(k.layout)), set, c.Constants, c.Groups)
		return nil
	}
	from, err := b.span(c.Source)
	if err != nil {
		return err
	}
	to, err := b.span(c.Destination)
	if err != nil {
		return err
	}
	x.job.Copy(handle(unsafe.Pointer(from.buffer)), c.Source.Offset, handle(unsafe.Pointer(to.buffer)), c.Destination.Offset, c.Source.Size)
	return nil
}

// span checks a span once more before C sees it.
func (b *Backend) span(s gpu.Span) (*memory, error) {
	m := b.memories.get(s.Memory)
	switch {
	case m == nil:
		return nil, gpu.ErrStale
	case s.Size == 0 || s.Offset > m.size || s.Size > m.size-s.Offset:
		return nil, gpu.ErrRange
	}
	return m, nil
}

// describeArguments makes a descriptor set for each dispatch; 0 for copies.
func (b *Backend) describeArguments(x *recording, commands []gpu.Command) ([]uint64, error) {
	sets := make([]uint64, len(commands))
	dispatches, storage, uniform := 0, 0, 0
	for _, c := range commands {
		if c.Kernel == 0 || len(c.Arguments) == 0 {
			continue
		}
		dispatches++
		storage += len(c.Arguments)
		uniform += len(c.Arguments)
	}
	if dispatches == 0 {
		return sets, nil
	}
	sizes := []vk.DescriptorPoolSize{{Type: vk.DescriptorTypeStorageBuffer, DescriptorCount: uint32(storage)}, {Type: vk.DescriptorTypeUniformBuffer, DescriptorCount: uint32(uniform)}}
	var r vk.Result
	x.descriptors, r = create(func(p *vk.DescriptorPool) vk.Result {
		return vk.CreateDescriptorPool(b.device, &vk.DescriptorPoolCreateInfo{SType: vk.StructureTypeDescriptorPoolCreateInfo, MaxSets: uint32(dispatches), PoolSizeCount: 2, PPoolSizes: sizes}, nil, p)
	})
	err := failure("creating a descriptor pool", r)
	if err != nil {
		return nil, err
	}
	for i := range commands {
		if c := &commands[i]; c.Kernel != 0 && len(c.Arguments) > 0 {
			if sets[i], err = b.describeSet(x, c); err != nil {
				return nil, err
			}
		}
	}
	return sets, nil
}

func (b *Backend) describeSet(x *recording, c *gpu.Command) (uint64, error) {
	k := b.kernels.get(c.Kernel)
	if k == nil || len(c.Arguments) != len(k.bindings) {
		return 0, gpu.ErrStale
	}
	var set vk.DescriptorSet
	err := failure("allocating a descriptor set", vk.AllocateDescriptorSets(b.device, &vk.DescriptorSetAllocateInfo{SType: vk.StructureTypeDescriptorSetAllocateInfo, DescriptorPool: x.descriptors, DescriptorSetCount: 1, PSetLayouts: []vk.DescriptorSetLayout{k.sets}}, &set))
	if err != nil {
		return 0, err
	}
	var writes []vk.WriteDescriptorSet
	for i, a := range c.Arguments {
		m, err := b.span(a)
		if err != nil {
			return 0, err
		}
		writes = append(writes, vk.WriteDescriptorSet{SType: vk.StructureTypeWriteDescriptorSet, DstSet: set, DstBinding: uint32(i), DescriptorCount: 1, DescriptorType: k.bindings[i],
			PBufferInfo: []vk.DescriptorBufferInfo{{Buffer: m.buffer, Offset: vk.DeviceSize(a.Offset), Range: vk.DeviceSize(a.Size)}}})
	}
	vk.UpdateDescriptorSets(b.device, uint32(len(writes)), writes, 0, nil)
	return handle(unsafe.Pointer(set)), nil
}

// FreeRecording gives a recording back.
func (b *Backend) FreeRecording(h gpu.Handle) {
	if x := b.recordings.remove(h); x != nil {
		b.releaseRecording(x)
	}
}

func (b *Backend) releaseRecording(x *recording) {
	if x.made {
		x.job.Free()
	}
	vk.DestroyDescriptorPool(b.device, x.descriptors, nil)
	vk.DestroyCommandPool(b.device, x.pool, nil)
}

// Submit starts a recording, with one call of C and no allocation.
func (b *Backend) Submit(h gpu.Handle, waits, signals []gpu.Point) error {
	x := b.recordings.get(h)
	if x == nil || len(waits) > cap(x.waits) || len(signals) > cap(x.signals) {
		return gpu.ErrStale
	}
	x.waits, x.signals = x.waits[:len(waits)], x.signals[:len(signals)]
	for i, p := range waits {
		x.waits[i].Timeline, x.waits[i].Value = uint32(p.Timeline), p.Value
	}
	for i, p := range signals {
		x.signals[i].Timeline, x.signals[i].Value = uint32(p.Timeline), p.Value
	}
	return b.result("submitting", x.job.Submit(x.waits, x.signals))
}
