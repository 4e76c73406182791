package gpu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
)

// Device is an open device. Its methods may be called from any goroutine; they
// make system calls and take locks, so a real-time thread uses what they have made:
// jobs through a C thread of rt/cthread, and [Resident] directly.
type Device struct {
	backend Backend
	caps    Caps
	config  Config
	queues  []*Queue
	pools   [memoryTypes]*Pool
	sealed  atomic.Bool
	sampler sampler

	closed atomic.Bool

	mu        sync.Mutex
	all       []*Pool // own ones too
	kernels   map[*Kernel]struct{}
	jobs      map[*Job]struct{}
	residents map[resident]struct{}
	stages    map[*FrameBarrier]struct{}
	semaphore []Handle
	accounts  [memoryTypes]account
	resident  []int // queues of Caps.Residents that no kernel has
}

// resident is what Close needs of a Resident, whatever its types.
type resident interface{ Close() error }

// Open opens a device. It fails with [ErrBackendUnavailable] when no driver has one,
// and then says why for each.
func Open(ctx context.Context, c Config) (*Device, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	drivers, err := c.choose()
	if err != nil {
		return nil, err
	}
	var reasons []string
	for _, driver := range drivers {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("gpu: Open: %w", err)
		}
		b, err := driver.Open(ctx, DriverConfig{Validation: c.Validation})
		switch {
		case err == nil:
			return newDevice(b, c)
		case !errors.Is(err, ErrBackendUnavailable) || len(drivers) == 1:
			return nil, err
		}
		reasons = append(reasons, driver.Name()+": "+err.Error())
	}
	return nil, errkind.Errorf(ErrBackendUnavailable, "gpu: no driver found a device: %s", strings.Join(reasons, "; "))
}

func newDevice(b Backend, c Config) (*Device, error) {
	d := &Device{backend: b, caps: b.Caps(), config: c, resident: append([]int(nil), b.Caps().Residents...),
		kernels: map[*Kernel]struct{}{}, jobs: map[*Job]struct{}{}, residents: map[resident]struct{}{}, stages: map[*FrameBarrier]struct{}{}}
	for i, info := range d.caps.Queues {
		t, err := b.NewTimeline()
		if err != nil {
			return nil, errors.Join(err, d.abandon())
		}
		d.queues = append(d.queues, &Queue{device: d, index: i, info: info, Timeline: Timeline{d, t}})
	}
	for t := range d.pools {
		p := d.newPool(PoolConfig{Name: MemoryType(t).String(), Type: MemoryType(t), BlockSize: c.BlockSize, MaxBuffers: c.MaxBuffers})
		d.pools[t] = p
		d.all = append(d.all, p)
	}
	return d, nil
}

// abandon closes the backend of a device that could not be made.
func (d *Device) abandon() error {
	for _, q := range d.queues {
		d.backend.FreeTimeline(q.Timeline.handle)
	}
	return d.backend.Close()
}

// Caps says what the device can do.
func (d *Device) Caps() Caps { return d.caps }

// Backend is the driver's half, for code that extends this package.
func (d *Device) Backend() Backend { return d.backend }

// Compute is the queue for jobs of the real-time thread.
func (d *Device) Compute() *Queue { return d.queues[d.caps.Compute] }

// Transfer is the queue for bulk transfers.
func (d *Device) Transfer() *Queue { return d.queues[d.caps.Transfer] }

// Queues are all queues, in the order of Caps.Queues.
func (d *Device) Queues() []*Queue { return append([]*Queue(nil), d.queues...) }

// Pool is the device's own pool of a memory type.
func (d *Device) Pool(t MemoryType) *Pool { return d.pools[t%memoryTypes] }

// Seal ends set-up: from now on an operation that would allocate in the driver
// (memory, kernels, recordings, timelines) fails with a *SealedError that names its
// caller. Buffers still come out of blocks that the pools have, and jobs that were
// recorded can be submitted.
func (d *Device) Seal() { d.sealed.Store(true) }

// Sealed reports whether Seal was called.
func (d *Device) Sealed() bool { return d.sealed.Load() }

// allocating is called before each driver allocation.
func (d *Device) allocating(what string, size uint64) error {
	switch {
	case d.closed.Load():
		return ErrClosed
	case d.sealed.Load():
		return newSealedError(what, size)
	}
	return nil
}

// closeLimit is how long Close waits for the device to finish.
const closeLimit = 5 * time.Second

// Close ends the resident kernels, waits until the device has finished, and gives
// everything back. It returns a *LeakError when buffers, jobs or kernels were not
// closed before, and [ErrTimeout] when the device does not finish: then nothing is
// given back, because the device may still be using it.
func (d *Device) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	d.mu.Lock()
	residents := keys(d.residents)
	stages := keys(d.stages)
	d.mu.Unlock()

	var errs []error
	for _, r := range residents {
		errs = append(errs, r.Close())
	}
	for _, q := range d.queues {
		err := q.drain(closeLimit)
		if errors.Is(err, ErrTimeout) {
			return errors.Join(append(errs, err)...)
		}
		// A lost device has finished.
	}
	for _, s := range stages {
		s.release()
	}
	if e := d.leaks(); e != nil {
		errs = append(errs, e)
	}
	d.free()
	return errors.Join(append(errs, d.backend.Close())...)
}

func keys[K comparable](m map[K]struct{}) []K {
	list := make([]K, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}

// free gives back everything of an idle device.
func (d *Device) free() {
	d.mu.Lock()
	jobs, kernels, pools, semaphores := keys(d.jobs), keys(d.kernels), d.all, d.semaphore
	d.mu.Unlock()
	for _, j := range jobs {
		j.release()
	}
	for _, k := range kernels {
		d.backend.FreeKernel(k.handle)
		k.handle = 0
	}
	for _, p := range pools {
		p.freeBlocks()
	}
	for _, s := range semaphores {
		d.backend.FreeTimeline(s)
	}
	for _, q := range d.queues {
		d.backend.FreeTimeline(q.Timeline.handle)
	}
}

// takeResident takes a queue for a resident kernel; false when none is left.
func (d *Device) takeResident() (*Queue, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.resident) == 0 {
		return nil, false
	}
	i := d.resident[0]
	d.resident = d.resident[1:]
	return d.queues[i], true
}

// returnResident gives the queue back.
func (d *Device) returnResident(q *Queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.resident = append(d.resident, q.index)
}
