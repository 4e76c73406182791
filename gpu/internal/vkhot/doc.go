// Package vkhot has the calls of Vulkan that package gpu/vulkan makes while a
// program runs, and those newer than the binding that it uses for set-up: in C,
// with structures made beforehand, so that none allocates.
//
// It declares the few structures of Vulkan that it needs and opens libvulkan.so.1 at
// run time: building needs no Vulkan package. Callers check every size and offset.
package vkhot
