//go:build cgo && linux

package vulkan

import (
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/internal/vkhot"
)

// LoopSubmit is gpu.Job.Reference in C.
func (b *Backend) LoopSubmit(recording, timeline gpu.Handle, value uint64, period time.Duration, ns []int64) error {
	x := b.recordings.get(recording)
	if x == nil || len(ns) == 0 {
		return gpu.ErrStale
	}
	return b.result("submitting", x.job.LoopSubmit(uint32(timeline), value, period, ns))
}

// LoopRing is gpu.Resident.Reference in C.
func (b *Backend) LoopRing(door, answers []uint32, silent bool, number uint32, period time.Duration, ns []int64) error {
	if len(ns) == 0 {
		return gpu.ErrRange
	}
	if vkhot.LoopRing(door, answers, silent, number, period, ns) != vkhot.Success {
		return gpu.ErrTimeout
	}
	return nil
}
