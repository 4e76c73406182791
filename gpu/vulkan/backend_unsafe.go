//go:build cgo && linux

package vulkan

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/internal/vkhot"
	"github.com/memkit-go/memkit/internal/errkind"
)

// Backend is a Vulkan device.
type Backend struct {
	instance  vk.Instance
	physical  vk.PhysicalDevice
	device    vk.Device
	messenger unsafe.Pointer
	hot       vkhot.Device
	ready     bool // hot is

	caps     gpu.Caps
	types    []uint32 // property bits of Vulkan's memory types
	typeHeap []int
	queues   []vk.Queue
	families []uint32 // in use
	enable   []string // extensions

	memories   table[memory]
	kernels    table[kernel]
	recordings table[recording]
	timelines  table[timeline]
	lost       atomic.Bool
}

type memory struct {
	memory vk.DeviceMemory
	buffer vk.Buffer
	size   uint64
	mapped unsafe.Pointer
}

type timeline struct{ semaphore vk.Semaphore }

func contains(name, part string) bool { return strings.Contains(name, part) }

// describe fills in what the device can do.
func (b *Backend) describe(c *candidate) {
	p, limits := &c.properties, &c.properties.Limits
	b.caps = gpu.Caps{
		Backend: "vulkan", Device: vk.ToString(p.DeviceName[:]),
		Driver:     fmt.Sprintf("vendor %#x, driver %#x, Vulkan %s", p.VendorID, p.DriverVersion, vk.Version(c.more.API)),
		Alignment:  max(uint64(limits.MinStorageBufferOffsetAlignment), uint64(limits.MinUniformBufferOffsetAlignment), uint64(limits.NonCoherentAtomSize), uint64(limits.OptimalBufferCopyOffsetAlignment), 64),
		MostGroups: limits.MaxComputeWorkGroupCount,
		Software:   p.DeviceType == vk.PhysicalDeviceTypeCpu,
		Budget:     c.extensions[memoryBudget],
	}
	if c.extensions[hostImport] {
		b.caps.ImportAlignment = max(c.more.ImportAlignment, b.caps.Alignment)
		b.enable = append(b.enable, hostImport)
	}
	if c.extensions[memoryBudget] {
		b.enable = append(b.enable, memoryBudget)
	}
	var m vk.PhysicalDeviceMemoryProperties
	vk.GetPhysicalDeviceMemoryProperties(b.physical, &m)
	m.Deref()
	for i := range m.MemoryHeapCount {
		m.MemoryHeaps[i].Deref()
		b.caps.Heaps = append(b.caps.Heaps, uint64(m.MemoryHeaps[i].Size))
	}
	for i := range m.MemoryTypeCount {
		m.MemoryTypes[i].Deref()
		b.types = append(b.types, uint32(m.MemoryTypes[i].PropertyFlags))
		b.typeHeap = append(b.typeHeap, int(m.MemoryTypes[i].HeapIndex))
	}
	for t, list := range choices {
		if i := chooseType(b.types, ^uint32(0), list); i >= 0 {
			bits := b.types[i]
			b.caps.Types[t] = gpu.MemoryInfo{Available: true, Visible: bits&hostVisible != 0 && gpu.MemoryType(t) != gpu.DeviceLocal, Coherent: bits&hostCoherent != 0, Heap: b.typeHeap[i]}
		}
	}
}

func (b *Backend) createDevice() error {
	var n uint32
	vk.GetPhysicalDeviceQueueFamilyProperties(b.physical, &n, nil)
	list := make([]vk.QueueFamilyProperties, n)
	vk.GetPhysicalDeviceQueueFamilyProperties(b.physical, &n, list)
	families := make([]family, n)
	for i := range families {
		list[i].Deref()
		f := uint32(list[i].QueueFlags)
		families[i] = family{graphics: f&1 != 0, compute: f&2 != 0, transfer: f&4 != 0, other: f&^0x0f != 0, count: int(list[i].QueueCount)}
	}
	p, ok := planQueues(families)
	if !ok {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: %s: has no queue that computes", b.caps.Device)
	}
	b.caps.Queues, b.caps.Compute, b.caps.Transfer, b.caps.Residents = p.queues, p.compute, p.transfer, p.residents
	var infos []vk.DeviceQueueCreateInfo
	for i, count := range p.counts {
		if count == 0 {
			continue
		}
		priorities := make([]float32, count)
		for j := range priorities {
			priorities[j] = 1
		}
		infos = append(infos, vk.DeviceQueueCreateInfo{SType: vk.StructureTypeDeviceQueueCreateInfo, QueueFamilyIndex: uint32(i), QueueCount: uint32(count), PQueuePriorities: priorities})
		b.families = append(b.families, uint32(i))
	}
	var extensions []string
	for _, e := range b.enable {
		extensions = append(extensions, zero(e))
	}
	chain := vkhot.FeaturesChain()
	defer vkhot.FreeChain(chain)
	info := vk.DeviceCreateInfo{SType: vk.StructureTypeDeviceCreateInfo, PNext: chain,
		QueueCreateInfoCount: uint32(len(infos)), PQueueCreateInfos: infos,
		EnabledExtensionCount: uint32(len(extensions)), PpEnabledExtensionNames: extensions}
	var r vk.Result
	b.device, r = create(func(x *vk.Device) vk.Result { return vk.CreateDevice(b.physical, &info, nil, x) })
	if err := failure("creating the device", r); err != nil {
		return err
	}
	for _, q := range p.queues {
		var x vk.Queue
		vk.GetDeviceQueue(b.device, uint32(q.Family), uint32(q.Index), &x)
		b.queues = append(b.queues, x)
	}
	b.hot, b.ready = vkhot.New(unsafe.Pointer(b.instance), unsafe.Pointer(b.physical), unsafe.Pointer(b.device))
	if !b.ready {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: %s: the driver lacks functions of Vulkan 1.2", b.caps.Device)
	}
	return nil
}

// Caps says what the device can do.
func (b *Backend) Caps() gpu.Caps { return b.caps }

// result is what a call of package vkhot answered.
func (b *Backend) result(what string, r vkhot.Result) error {
	switch r {
	case vkhot.Success:
		return nil
	case vkhot.Timeout:
		return gpu.ErrTimeout
	case vkhot.DeviceLost:
		b.lost.Store(true)
		return gpu.ErrDeviceLost
	case vkhot.OutOfHost, vkhot.OutOfDevice:
		return gpu.ErrOutOfMemory
	}
	return fmt.Errorf("vulkan: %s: result %d", what, r)
}

// allUsages are the uses of each buffer: one serves a whole block of a pool.
const allUsages = 0x01 | 0x02 | 0x10 | 0x20 | 0x40 | 0x80

// newBuffer makes a buffer, without memory.
func (b *Backend) newBuffer(size uint64, chain unsafe.Pointer) (vk.Buffer, vk.MemoryRequirements, error) {
	info := vk.BufferCreateInfo{SType: vk.StructureTypeBufferCreateInfo, PNext: chain, Size: vk.DeviceSize(size), Usage: allUsages, SharingMode: vk.SharingModeExclusive}
	if len(b.families) > 1 {
		info.SharingMode = vk.SharingModeConcurrent
		info.QueueFamilyIndexCount, info.PQueueFamilyIndices = uint32(len(b.families)), b.families
	}
	var x vk.Buffer
	var need vk.MemoryRequirements
	if err := failure("creating a buffer", vk.CreateBuffer(b.device, &info, nil, &x)); err != nil {
		return x, need, err
	}
	vk.GetBufferMemoryRequirements(b.device, x, &need)
	need.Deref()
	return x, need, nil
}

// Allocate makes memory with one buffer over it.
func (b *Backend) Allocate(size uint64, t gpu.MemoryType) (gpu.Handle, error) {
	x, need, err := b.newBuffer(size, nil)
	if err != nil {
		return 0, err
	}
	i := chooseType(b.types, need.MemoryTypeBits, choices[t])
	if i < 0 {
		vk.DestroyBuffer(b.device, x, nil)
		return 0, errkind.Errorf(gpu.ErrUsage, "vulkan: the device has no memory of type %v for buffers", t)
	}
	return b.bind(x, uint64(need.Size), size, i, nil, b.caps.Types[t].Visible)
}

// Import makes memory of the device out of memory of the host.
func (b *Backend) Import(host []byte) (gpu.Handle, error) {
	external := vkhot.ExternalChain()
	defer vkhot.FreeChain(external)
	x, need, err := b.newBuffer(uint64(len(host)), external)
	if err != nil {
		return 0, err
	}
	p := unsafe.Pointer(&host[0])
	allowed := need.MemoryTypeBits & b.hot.HostTypes(p)
	i := chooseType(b.types, allowed, []choice{{hostCached | hostCoherent, 0}, {hostVisible | hostCoherent, 0}})
	if i < 0 || uint64(need.Size) > uint64(len(host)) {
		vk.DestroyBuffer(b.device, x, nil)
		return 0, errkind.Errorf(gpu.ErrImport, "vulkan: the driver does not take this memory (allowed types %#x); use memory of rt/arena, which is mapped", allowed)
	}
	chain := vkhot.ImportChain(p)
	defer vkhot.FreeChain(chain)
	return b.bind(x, uint64(len(host)), uint64(len(host)), i, chain, false)
}

// bind allocates memory of Vulkan's type i for the buffer, and maps it.
func (b *Backend) bind(x vk.Buffer, take, size uint64, i int, chain unsafe.Pointer, visible bool) (gpu.Handle, error) {
	m := &memory{buffer: x, size: size}
	info := vk.MemoryAllocateInfo{SType: vk.StructureTypeMemoryAllocateInfo, PNext: chain, AllocationSize: vk.DeviceSize(take), MemoryTypeIndex: uint32(i)}
	var r vk.Result
	m.memory, r = create(func(x *vk.DeviceMemory) vk.Result { return vk.AllocateMemory(b.device, &info, nil, x) })
	err := failure("allocating memory", r)
	if err != nil {
		vk.DestroyBuffer(b.device, x, nil)
		return 0, err
	}
	err = failure("binding memory", vk.BindBufferMemory(b.device, x, m.memory, 0))
	if err == nil && visible {
		m.mapped, r = create(func(x *unsafe.Pointer) vk.Result {
			return vk.MapMemory(b.device, m.memory, 0, vk.DeviceSize(vk.WholeSize), 0, x)
		})
		err = failure("mapping memory", r)
	}
	if err != nil {
		b.release(m)
		return 0, err
	}
	return b.memories.add(m), nil
}

func (b *Backend) release(m *memory) {
	vk.DestroyBuffer(b.device, m.buffer, nil)
	vk.FreeMemory(b.device, m.memory, nil)
}

// Free gives memory back.
func (b *Backend) Free(h gpu.Handle) {
	if m := b.memories.remove(h); m != nil {
		b.release(m)
	}
}

// Map returns a part of mapped memory.
func (b *Backend) Map(h gpu.Handle, offset, size uint64) ([]byte, error) {
	m := b.memories.get(h)
	switch {
	case m == nil:
		return nil, gpu.ErrStale
	case m.mapped == nil:
		return nil, gpu.ErrNotVisible
	case offset > m.size || size > m.size-offset:
		return nil, gpu.ErrRange
	}
	return unsafe.Slice((*byte)(unsafe.Add(m.mapped, offset)), size), nil
}

// Flush makes the CPU's writes visible to the device.
func (b *Backend) Flush(h gpu.Handle, offset, size uint64) error {
	return b.sync(h, offset, size, vkhot.Device.Flush)
}

// Invalidate makes the device's writes visible to the CPU.
func (b *Backend) Invalidate(h gpu.Handle, offset, size uint64) error {
	return b.sync(h, offset, size, vkhot.Device.Invalidate)
}

func (b *Backend) sync(h gpu.Handle, offset, size uint64, f func(d vkhot.Device, memory, offset, size uint64) vkhot.Result) error {
	m := b.memories.get(h)
	switch {
	case m == nil:
		return gpu.ErrStale
	case offset > m.size || size > m.size-offset:
		return gpu.ErrRange
	case m.mapped == nil:
		return nil // imported: coherent
	}
	if offset+size == m.size {
		size = ^uint64(0) // to the end, which need not be a whole unit
	}
	return b.result("flushing", f(b.hot, handle(unsafe.Pointer(m.memory)), offset, size))
}

// handle is a handle of the binding as a number.
func handle(p unsafe.Pointer) uint64 { return uint64(uintptr(p)) }

// NewTimeline makes a timeline semaphore.
func (b *Backend) NewTimeline() (gpu.Handle, error) {
	chain := vkhot.TimelineChain()
	defer vkhot.FreeChain(chain)
	x, r := create(func(x *vk.Semaphore) vk.Result {
		return vk.CreateSemaphore(b.device, &vk.SemaphoreCreateInfo{SType: vk.StructureTypeSemaphoreCreateInfo, PNext: chain}, nil, x)
	})
	if err := failure("creating a timeline", r); err != nil {
		return 0, err
	}
	t := &timeline{x}
	h := b.timelines.add(t)
	if h >= vkhot.MostTimelines {
		b.FreeTimeline(h)
		return 0, errkind.Errorf(gpu.ErrOutOfMemory, "vulkan: more than %d timelines", vkhot.MostTimelines-1)
	}
	b.hot.SetTimeline(uint32(h), handle(unsafe.Pointer(t.semaphore)))
	return h, nil
}

// FreeTimeline gives a timeline back.
func (b *Backend) FreeTimeline(h gpu.Handle) {
	if t := b.timelines.remove(h); t != nil {
		vk.DestroySemaphore(b.device, t.semaphore, nil)
	}
}

// Value is a timeline's value.
func (b *Backend) Value(h gpu.Handle) (uint64, error) {
	if b.timelines.get(h) == nil {
		return 0, gpu.ErrStale
	}
	v, r := b.hot.Value(uint32(h))
	return v, b.result("reading a timeline", r)
}

// Spin polls in C.
func (b *Backend) Spin(h gpu.Handle, value uint64, limit time.Duration) error {
	if b.timelines.get(h) == nil {
		return gpu.ErrStale
	}
	return b.result("polling a timeline", b.hot.Spin(uint32(h), value, limit))
}

// Wait sleeps in the driver.
func (b *Backend) Wait(h gpu.Handle, value uint64, limit time.Duration) error {
	if b.timelines.get(h) == nil {
		return gpu.ErrStale
	}
	return b.result("waiting for a timeline", b.hot.Wait(uint32(h), value, limit))
}

// Heaps is what VK_EXT_memory_budget says.
func (b *Backend) Heaps() ([]gpu.HeapUse, error) {
	list := make([]gpu.HeapUse, len(b.caps.Heaps))
	for i, size := range b.caps.Heaps {
		list[i].Size = size
	}
	if !b.caps.Budget {
		return list, nil
	}
	budget, used, n := b.hot.Budget()
	for i := range min(n, len(list)) {
		list[i].Budget, list[i].Used = budget[i], used[i]
	}
	return list, nil
}

// Messages are how many messages the validation layer has sent to this process,
// and the first of them.
func (b *Backend) Messages() (int, []string) { return vkhot.Messages() }

// Close gives everything back.
func (b *Backend) Close() error {
	setUp.Lock()
	defer setUp.Unlock()
	return b.destroy()
}

func (b *Backend) destroy() error {
	var err error
	if b.device != nil {
		if !b.lost.Load() {
			if r := vk.DeviceWaitIdle(b.device); r != vk.Success && r != vk.ErrorDeviceLost {
				err = failure("waiting for the device", r)
			}
		}
		for h := range b.recordings.all() {
			b.FreeRecording(h)
		}
		for h := range b.kernels.all() {
			b.FreeKernel(h)
		}
		for h := range b.memories.all() {
			b.Free(h)
		}
		for h := range b.timelines.all() {
			b.FreeTimeline(h)
		}
		vk.DestroyDevice(b.device, nil)
		b.device = nil
	}
	if b.ready {
		b.hot.Free()
		b.ready = false
	}
	if b.instance != nil {
		vkhot.DestroyMessenger(unsafe.Pointer(b.instance), b.messenger)
		vk.DestroyInstance(b.instance, nil)
		b.instance = nil
	}
	runtime.KeepAlive(b)
	return errors.Join(err)
}
