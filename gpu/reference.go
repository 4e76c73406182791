package gpu

import (
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
)

// referencer is a backend that does the work of a job's and a resident kernel's
// caller in its own language, so that measurements can tell what Go adds.
type referencer interface {
	LoopSubmit(recording, timeline Handle, value uint64, period time.Duration, ns []int64) error
	LoopRing(door, answers []uint32, silent bool, number uint32, period time.Duration, ns []int64) error
}

func (d *Device) referencer() (referencer, error) {
	r, ok := d.backend.(referencer)
	if !ok {
		return nil, errkind.Errorf(ErrUsage, "gpu: Reference: backend %s has no reference of its own", d.caps.Backend)
	}
	return r, nil
}

// Reference does what Submit and Spin do, once for each element of ns, which gets the
// time: in C with Vulkan, for comparisons. With a period, the submissions are so far
// apart. No other job may be submitted to the queue meanwhile.
func (j *Job) Reference(period time.Duration, ns []int64) error {
	r, err := j.device.referencer()
	if err != nil {
		return err
	}
	if len(j.waits) > 0 || len(j.signals) > 1 {
		return errkind.Errorf(ErrUsage, "gpu: Reference: the job has semaphores")
	}
	if done, err := j.Done(); err != nil || !done {
		return ErrBusy
	}
	q := j.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := r.LoopSubmit(j.recording, q.Timeline.handle, q.submitted, period, ns); err != nil {
		return err
	}
	q.submitted += uint64(len(ns))
	j.value.Store(q.submitted)
	return nil
}

// Reference does what Ring does, once for each element of ns, which gets the time:
// in C with Vulkan, for comparisons. The input stays as it is.
func (r *Resident[In, Out]) Reference(period time.Duration, ns []int64) error {
	c := r.core
	ref, err := c.device.referencer()
	if err != nil {
		return err
	}
	if err := c.ready(); err != nil {
		return err
	}
	if c.config.Submitted {
		return errkind.Errorf(ErrUsage, "gpu: Reference: the kernel is not resident")
	}
	if uint64(c.number)+uint64(len(ns)) >= 1<<32 {
		return errkind.Errorf(ErrRange, "gpu: Reference: %d rings more than a number has room for", len(ns))
	}
	if err := ref.LoopRing(c.door, c.answers, r.silent, c.number, period, ns); err != nil {
		return err
	}
	c.number += uint32(len(ns))
	return nil
}
