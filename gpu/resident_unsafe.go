package gpu

import (
	"context"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/gpu/internal/doorbell"
	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
)

// Resident is a kernel that stays on the device and is rung by a store: it polls a
// word of device memory, works, and writes its answer to host memory, which the
// caller polls. A ring makes no system call and no call of C, allocates nothing and
// does not depend on the driver, so the tick of a pinned loop may make it. It takes
// 2 µs where a submitted job takes 14, and stays so at the pace of an audio stream
// and next to other work, because the device does not clock down and no driver is
// involved; docs/gpu-figures.md has the figures.
//
// It keeps other processes off the device: they get a slice between two launches. And
// next to another process only one resident kernel should be used, because the
// launches of a second may wait for as long as the first one stays.
//
// # What the Vulkan specification says
//
// Host writes are guaranteed to be visible to work that is submitted after them.
// It does not promise that a running kernel ever sees one, nor that the host sees
// the kernel's writes before it has finished, nor that a kernel may run for long. So
// this type rests on the device and not on the specification, and therefore
//
//   - NewResident probes: a number of rings must be answered, each in time, on this
//     driver and these memory types, else [ErrNoResident];
//   - a launch ends by itself, well before a watchdog would end it, and the next
//     one, submitted long before, takes over between two rings;
//   - Ring has a limit, and what does not answer is an error and not a hang.
//
// The kernel is written with the file resident.glsl of this package. It occupies
// a multiprocessor for each of its workgroups, and slows other work of its queue
// family down, so the device gives it a family of its own where it has one.
type Resident[In, Out any] struct {
	core   *residentCore
	input  *In
	output *Out
	silent bool // In has no bytes
}

// NewResident launches the kernel and probes it. In and Out are types without Go
// pointers, whose sizes are multiples of 4, laid out as in the kernel. It allocates
// in the driver, so it comes before [Device.Seal].
func NewResident[In, Out any](ctx context.Context, d *Device, k *Kernel, c ResidentConfig) (*Resident[In, Out], error) {
	c, err := c.validate(k)
	if err != nil {
		return nil, err
	}
	if err := arena.PointerFree[In](); err != nil {
		return nil, errkind.Errorf(err, "gpu: resident %q: type In: %v", c.Name, err)
	}
	if err := arena.PointerFree[Out](); err != nil {
		return nil, errkind.Errorf(err, "gpu: resident %q: type Out: %v", c.Name, err)
	}
	var in In
	var out Out
	if unsafe.Sizeof(in)%4 != 0 || unsafe.Sizeof(out)%4 != 0 {
		return nil, errkind.Errorf(ErrRange, "gpu: resident %q: input of %d bytes, output of %d: must be multiples of 4", c.Name, unsafe.Sizeof(in), unsafe.Sizeof(out))
	}
	core, err := newResidentCore(ctx, d, k, c, uint64(unsafe.Sizeof(in)), uint64(unsafe.Sizeof(out)))
	if err != nil {
		return nil, err
	}
	r := &Resident[In, Out]{core: core, silent: unsafe.Sizeof(in) == 0}
	r.input = (*In)(unsafe.Pointer(&core.in[doorbell.Input]))
	r.output = (*Out)(unsafe.Pointer(&core.out[doorbell.Output]))
	return r, nil
}

// Ring gives in to the kernel, and waits for its answer for as long as limit at
// most: then [ErrTimeout], and out is unchanged. The kernel works through every ring
// that was made, also one that comes too late; until it has, Ring fails with
// [ErrBusy] and does not give the kernel in. Other errors: [ErrDeviceLost],
// [ErrClosed].
//
// Cost: O(1) and the kernel. Allocates: no. Blocks: until limit. Caller: owner.
//
// It polls: the caller's thread is busy meanwhile. With ResidentConfig.Submitted it
// is a call of C.
//
//rt:nonallocating
func (r *Resident[In, Out]) Ring(in *In, out *Out, limit time.Duration) error {
	c := r.core
	if err := c.ready(); err != nil {
		return err
	}
	if !r.silent {
		*r.input = *in
	}
	if err := c.ring(r.silent, limit); err != nil {
		return err
	}
	*out = *r.output
	return nil
}

// Submitted reports whether each ring submits a job; see ResidentConfig.Submitted.
func (r *Resident[In, Out]) Submitted() bool { return r.core.config.Submitted }

// Stats may be called from any goroutine.
func (r *Resident[In, Out]) Stats() ResidentStats { return r.core.stats() }

// Err is the error that ended the kernel, or nil.
func (r *Resident[In, Out]) Err() error { return r.core.failure() }

// Close ends the kernel and gives its memory back. [ErrTimeout] when it does not
// end: its memory is then kept, because the device may be using it. No Ring may
// run meanwhile.
func (r *Resident[In, Out]) Close() error { return r.core.Close() }
