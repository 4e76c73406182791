// Package vulkan is the backend of package gpu for devices with Vulkan 1.2:
//
//	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{vulkan.Driver{}}})
//
// It needs Linux and cgo to build, and the loader, libvulkan.so.1, when it runs. No
// Vulkan package is needed to build it. Without cgo, without the loader or without a
// device it answers gpu.ErrBackendUnavailable.
//
// Set-up goes through github.com/vulkan-go/vulkan. That binding allocates from Go and
// from C in every call, and frees the latter in finalizers, which never run in a
// program whose collector is off; so whatever is called while a program runs goes
// through prepared structures in C, without an allocation.
//
// # Queues
//
// Vulkan's queues come in families that the device executes side by side. Jobs go
// to a family with graphics and compute, bulk transfers to one that only copies, and
// resident kernels to one that only computes, where the device has such families: a
// resident kernel slows other work of its own family down, and hardly any other.
package vulkan
