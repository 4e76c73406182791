package gpu

import "strconv"

// MemoryType is a kind of memory, by who reaches it and how.
type MemoryType uint8

const (
	// DeviceLocal is the device's own memory. The CPU does not reach it.
	DeviceLocal MemoryType = iota
	// HostCoherent is host memory for uploads: what the CPU writes needs no flush,
	// and reading it back is slow.
	HostCoherent
	// HostCached is host memory for readback: the CPU reads it at full speed. Where
	// it is not coherent, jobs flush and invalidate what they transfer.
	HostCached
	// Unified is the device's own memory that the CPU writes directly: over the bus
	// on a discrete device, where reading it back takes a microsecond a word.
	Unified

	memoryTypes = 4
)

var memoryTypeNames = [memoryTypes]string{"DeviceLocal", "HostCoherent", "HostCached", "Unified"}

func (t MemoryType) String() string {
	if t < memoryTypes {
		return memoryTypeNames[t]
	}
	return "MemoryType(" + strconv.Itoa(int(t)) + ")"
}

// MemoryInfo describes a memory type of a device.
type MemoryInfo struct {
	// Available: the device has this type. A request for another fails.
	Available bool
	// Visible: the CPU reaches it.
	Visible bool
	// Coherent: neither side needs a flush or an invalidation.
	Coherent bool
	// Heap is the index of the heap that it is taken from.
	Heap int
}
