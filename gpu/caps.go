package gpu

// Caps says what a device can do.
type Caps struct {
	// Backend and Device are names; Driver is a version for reports.
	Backend, Device, Driver string
	// Types has a row for each [MemoryType].
	Types [memoryTypes]MemoryInfo
	// Heaps are the sizes of the heaps in bytes.
	Heaps []uint64
	// Queues that work can be submitted to.
	Queues []QueueInfo
	// Compute and Transfer are indices in Queues: where jobs of the real-time thread
	// and bulk transfers go unless told otherwise. They differ where the device
	// allows it.
	Compute, Transfer int
	// Residents are the queues for resident kernels, if possible of a family that
	// nothing else uses. Empty where a resident kernel would stop all other work.
	Residents []int
	// Alignment of buffers in memory, a power of two.
	Alignment uint64
	// ImportAlignment of imported memory; 0 where import is not supported.
	ImportAlignment uint64
	// MostGroups is how many workgroups a dispatch may have in each dimension.
	MostGroups [3]uint32
	// Software: the "device" is the CPU, and its times mean nothing.
	Software bool
	// Budget: Backend.Heaps knows the driver's own budget.
	Budget bool
}

// QueueInfo describes a queue.
type QueueInfo struct {
	// Family and Index are the driver's numbers.
	Family, Index int
	// Compute, Graphics, Transfer: what it executes.
	Compute, Graphics, Transfer bool
}
