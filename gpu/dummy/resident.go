package dummy

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/internal/doorbell"
)

// reside is resident.glsl in Go: one launch of a resident kernel, all workgroups in
// turn.
func (b *Backend) reside(k *gpu.KernelCode, c *gpu.Command, buffers [][]byte, ended chan struct{}) {
	defer close(ended)
	door := doorbell.Words(buffers[0], 0, doorbell.Input/4)
	answers := doorbell.Words(buffers[1], doorbell.Answers, int(c.Groups[0]))
	seen := doorbell.Words(buffers[2], doorbell.Seen, int(c.Groups[0]))
	data := append([][]byte{buffers[0][doorbell.Input:], buffers[1][doorbell.Output:], buffers[2][doorbell.State:]}, buffers[3:]...)
	v := invocation(k, c, data)
	soft := atomic.LoadUint32(&door[doorbell.Polls/4])
	idle := 0
	for polls := uint32(0); polls < 2*soft && !b.lost.Load() && !b.closed.Load(); polls++ {
		ring := atomic.LoadUint32(&door[doorbell.Sequence/4])
		if b.driver.Deaf && seen[0] > 0 && atomic.LoadUint32(&door[doorbell.Stop/4]) == 0 {
			ring = seen[0]
		}
		if ring != seen[0] {
			b.run(k, v)
			for g := range answers {
				seen[g] = ring
				atomic.StoreUint32(&answers[g], ring)
			}
			polls += doorbell.RingCost
			idle = 0
			if polls >= soft {
				return
			}
			continue
		}
		if atomic.LoadUint32(&door[doorbell.Stop/4]) != 0 {
			return
		}
		if idle++; idle < 1000 {
			runtime.Gosched()
		} else {
			time.Sleep(50 * time.Microsecond) // leave the CPU to those who work
			polls += 50
		}
	}
}
