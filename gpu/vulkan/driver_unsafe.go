//go:build cgo && linux

package vulkan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/internal/vkhot"
	"github.com/memkit-go/memkit/internal/errkind"
)

const (
	validationLayer = "VK_LAYER_KHRONOS_validation"
	debugUtils      = "VK_EXT_debug_utils"
	hostImport      = "VK_EXT_external_memory_host"
	memoryBudget    = "VK_EXT_memory_budget"
)

// initialise loads the functions that need no instance, once in the process.
var initialise = sync.OnceValue(func() error {
	p := vkhot.Open()
	if p == nil {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: libvulkan.so.1 was not found; install the Vulkan loader (Debian: libvulkan1) and a driver")
	}
	vk.SetGetInstanceProcAddr(p)
	if err := vk.Init(); err != nil {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: the loader: %v", err)
	}
	return nil
})

// setUp serialises what the binding does with its global variables.
var setUp sync.Mutex

// Open opens a device.
func (d Driver) Open(_ context.Context, c gpu.DriverConfig) (gpu.Backend, error) {
	if err := initialise(); err != nil {
		return nil, err
	}
	setUp.Lock()
	defer setUp.Unlock()
	b := &Backend{}
	err := b.createInstance(c.Validation)
	if err == nil {
		err = b.chooseDevice(d)
	}
	if err == nil {
		err = b.createDevice()
	}
	if err != nil {
		return nil, errors.Join(err, b.destroy())
	}
	return b, nil
}

// zero ends a string for C.
func zero(s string) string { return s + "\x00" }

// create calls f with room for a handle that no other Go value surrounds: the
// runtime refuses to give C a pointer into a structure with Go pointers.
func create[T any](f func(x *T) vk.Result) (T, vk.Result) {
	x := new(T)
	r := f(x)
	return *x, r
}

// failure is a VkResult as an error.
func failure(what string, r vk.Result) error {
	switch r {
	case vk.Success:
		return nil
	case vk.ErrorDeviceLost:
		return gpu.ErrDeviceLost
	case vk.ErrorOutOfHostMemory, vk.ErrorOutOfDeviceMemory, vk.ErrorTooManyObjects:
		return errkind.Errorf(gpu.ErrOutOfMemory, "vulkan: %s: %v", what, vk.Error(r))
	}
	return fmt.Errorf("vulkan: %s: result %d", what, r)
}

func (b *Backend) createInstance(validation bool) error {
	info := vk.InstanceCreateInfo{
		SType: vk.StructureTypeInstanceCreateInfo,
		PApplicationInfo: &vk.ApplicationInfo{
			SType: vk.StructureTypeApplicationInfo, ApiVersion: vk.MakeVersion(1, 2, 0), PApplicationName: zero("memkit"), PEngineName: zero("memkit"),
		},
	}
	if validation {
		if !hasLayer(validationLayer) {
			return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: Config.Validation: the layer %s is not installed (Debian: vulkan-validationlayers)", validationLayer)
		}
		info.EnabledLayerCount, info.PpEnabledLayerNames = 1, []string{zero(validationLayer)}
		info.EnabledExtensionCount, info.PpEnabledExtensionNames = 1, []string{zero(debugUtils)}
	}
	var r vk.Result
	if b.instance, r = create(func(x *vk.Instance) vk.Result { return vk.CreateInstance(&info, nil, x) }); r != vk.Success {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: no instance: %v; is a driver installed?", vk.Error(r))
	}
	if err := vk.InitInstance(b.instance); err != nil {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: the instance: %v", err)
	}
	if validation {
		b.messenger = vkhot.CreateMessenger(unsafe.Pointer(b.instance))
	}
	return nil
}

func hasLayer(name string) bool {
	var n uint32
	vk.EnumerateInstanceLayerProperties(&n, nil)
	list := make([]vk.LayerProperties, n)
	vk.EnumerateInstanceLayerProperties(&n, list)
	for i := range list[:n] {
		list[i].Deref()
		if vk.ToString(list[i].LayerName[:]) == name {
			return true
		}
	}
	return false
}

// candidate is a physical device that will do.
type candidate struct {
	device     vk.PhysicalDevice
	properties vk.PhysicalDeviceProperties
	more       vkhot.Properties
	extensions map[string]bool
	rank       int
}

func (b *Backend) chooseDevice(d Driver) error {
	var n uint32
	vk.EnumeratePhysicalDevices(b.instance, &n, nil)
	if n == 0 {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: the loader found no device; install a driver (Debian: mesa-vulkan-drivers)")
	}
	list := make([]vk.PhysicalDevice, n)
	vk.EnumeratePhysicalDevices(b.instance, &n, list)
	var best *candidate
	reasons := ""
	for _, p := range list[:n] {
		c, why := b.consider(p, d)
		if why != "" {
			reasons += "; " + why
		} else if best == nil || c.rank > best.rank {
			best = c
		}
	}
	if best == nil {
		return errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: no suitable device%s", reasons)
	}
	b.physical = best.device
	b.describe(best)
	return nil
}

// consider says why a device will not do, or describes it.
func (b *Backend) consider(p vk.PhysicalDevice, d Driver) (*candidate, string) {
	c := &candidate{device: p, extensions: map[string]bool{}}
	vk.GetPhysicalDeviceProperties(p, &c.properties)
	c.properties.Deref()
	c.properties.Limits.Deref()
	var n uint32
	vk.EnumerateDeviceExtensionProperties(p, "", &n, nil)
	list := make([]vk.ExtensionProperties, n)
	vk.EnumerateDeviceExtensionProperties(p, "", &n, list)
	for i := range list[:n] {
		list[i].Deref()
		c.extensions[vk.ToString(list[i].ExtensionName[:])] = true
	}
	c.more = vkhot.Query(unsafe.Pointer(b.instance), unsafe.Pointer(p), c.extensions[hostImport])
	name := vk.ToString(c.properties.DeviceName[:])
	software := c.properties.DeviceType == vk.PhysicalDeviceTypeCpu
	switch {
	case !contains(name, d.Device):
		return nil, name + " has another name"
	case software && d.NoSoftware:
		return nil, name + " is software"
	case !c.more.Timelines:
		return nil, name + " has no Vulkan 1.2 with timeline semaphores"
	}
	c.rank = map[vk.PhysicalDeviceType]int{vk.PhysicalDeviceTypeDiscreteGpu: 4, vk.PhysicalDeviceTypeIntegratedGpu: 3, vk.PhysicalDeviceTypeVirtualGpu: 2}[c.properties.DeviceType]
	return c, ""
}
