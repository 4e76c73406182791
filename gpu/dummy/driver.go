package dummy

import (
	"context"
	"fmt"

	"github.com/memkit-go/memkit/gpu"
)

// Driver opens a device that is none. The zero value is the most capable one.
type Driver struct {
	// HeapSize of the device's heap and of the host's, each. 0 means 256 MiB.
	HeapSize uint64
	// NonCoherent lets host memory need flushes and invalidations: without them
	// neither side sees what the other wrote.
	NonCoherent bool
	// Delay is how many looks at a timeline it takes until a submission has
	// finished. 0: it has when Submit returns.
	Delay int
	// SingleQueue leaves one queue for everything, and none for resident kernels.
	SingleQueue bool
	// Deaf resident kernels answer the first ring and see no other, as where a
	// compiler takes the look out of the loop.
	Deaf bool
}

// Name is "dummy".
func (Driver) Name() string { return "dummy" }

const defaultHeap = 256 << 20

// Open opens another device.
func (d Driver) Open(context.Context, gpu.DriverConfig) (gpu.Backend, error) {
	if d.HeapSize == 0 {
		d.HeapSize = defaultHeap
	}
	if d.Delay < 0 {
		return nil, fmt.Errorf("dummy: Driver.Delay %d: must not be negative", d.Delay)
	}
	b := &Backend{driver: d, memories: map[gpu.Handle]*memory{}, kernels: map[gpu.Handle]*gpu.KernelCode{}, timelines: map[gpu.Handle]*uint64{}, recordings: map[gpu.Handle]*gpu.Recording{}}
	b.caps = d.caps()
	b.queues = make([][]*submission, len(b.caps.Queues))
	return b, nil
}

func (d Driver) caps() gpu.Caps {
	const deviceHeap, hostHeap = 0, 1
	c := gpu.Caps{
		Backend: "dummy", Device: "dummy", Driver: "Go", Software: true, Budget: true,
		Heaps: []uint64{d.HeapSize, d.HeapSize}, Alignment: 64, ImportAlignment: 4096, MostGroups: [3]uint32{65535, 65535, 65535},
	}
	c.Types[gpu.DeviceLocal] = gpu.MemoryInfo{Available: true, Coherent: true, Heap: deviceHeap}
	c.Types[gpu.Unified] = gpu.MemoryInfo{Available: true, Visible: true, Coherent: true, Heap: deviceHeap}
	c.Types[gpu.HostCoherent] = gpu.MemoryInfo{Available: true, Visible: true, Coherent: !d.NonCoherent, Heap: hostHeap}
	c.Types[gpu.HostCached] = gpu.MemoryInfo{Available: true, Visible: true, Coherent: !d.NonCoherent, Heap: hostHeap}
	c.Queues = []gpu.QueueInfo{{Compute: true, Graphics: true, Transfer: true}}
	if !d.SingleQueue {
		c.Queues = append(c.Queues,
			gpu.QueueInfo{Family: 1, Transfer: true},
			gpu.QueueInfo{Family: 2, Compute: true, Transfer: true},
			gpu.QueueInfo{Family: 2, Index: 1, Compute: true, Transfer: true})
		c.Transfer, c.Residents = 1, []int{2, 3}
	}
	return c
}
