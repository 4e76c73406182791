package vulkan

// Property bits of Vulkan's memory types.
const (
	deviceLocal  = 1
	hostVisible  = 2
	hostCoherent = 4
	hostCached   = 8
	lazy         = 16 // and above: for images, protected or without caches
)

// choice is what a gpu.MemoryType asks of Vulkan's types: bits that must be there,
// and bits that are rather not.
type choice struct{ want, avoid uint32 }

// choices has a row for each gpu.MemoryType, each with the best first.
var choices = [4][]choice{
	{{deviceLocal, hostVisible}, {deviceLocal, 0}},
	{{hostVisible | hostCoherent, deviceLocal | hostCached}, {hostVisible | hostCoherent, deviceLocal}, {hostVisible | hostCoherent, 0}},
	{{hostVisible | hostCached | hostCoherent, deviceLocal}, {hostVisible | hostCached, deviceLocal}, {hostVisible | hostCached, 0}},
	{{deviceLocal | hostVisible | hostCoherent, hostCached}, {deviceLocal | hostVisible | hostCoherent, 0}},
}

// chooseType finds the first of the types (their property bits) that serves, among
// those that allowed has bits for; -1 for none.
func chooseType(types []uint32, allowed uint32, list []choice) int {
	for _, c := range list {
		for i, bits := range types {
			if allowed&(1<<i) != 0 && bits&c.want == c.want && bits&c.avoid == 0 && bits < lazy {
				return i
			}
		}
	}
	return -1
}
