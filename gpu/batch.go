package gpu

import (
	"context"
	"errors"

	"github.com/memkit-go/memkit/internal/errkind"
)

// Batch collects commands: transfers and dispatches, in order. A command that
// touches what an earlier one wrote waits for it; others may overlap. The first
// error ends the batch, and Record or Submit returns it. A batch is used once, by
// one goroutine.
type Batch struct {
	queue    *Queue
	commands []Command
	buffers  []Buffer
	kernels  []*Kernel
	hazards  hazards
	flush    []Buffer // written by the CPU before
	fetch    []Buffer // read by the CPU after
	awaits   []*Semaphore
	signals  []*Semaphore
	resident bool
	used     bool
	last     *Job
	err      error
}

// Batch begins a batch for the queue.
func (q *Queue) Batch() *Batch { return &Batch{queue: q} }

// Upload copies src, which the CPU has written, to dst, of the same size.
func (b *Batch) Upload(dst, src Buffer) *Batch {
	b.visible("Upload: the source", src)
	b.flush = append(b.flush, src)
	return b.Copy(dst, src)
}

// Download copies src to dst, of the same size, which the CPU reads when the batch
// has finished.
func (b *Batch) Download(dst, src Buffer) *Batch {
	b.visible("Download: the destination", dst)
	b.fetch = append(b.fetch, dst)
	return b.Copy(dst, src)
}

func (b *Batch) visible(what string, x Buffer) {
	if b.err == nil && x.pool != nil && !x.pool.info.Visible {
		b.err = errkind.Errorf(ErrNotVisible, "gpu: %s has type %v, which the CPU does not reach; use Copy between buffers of the device", what, x.pool.config.Type)
	}
}

// Copy copies src to dst, of the same size.
func (b *Batch) Copy(dst, src Buffer) *Batch {
	if b.err != nil {
		return b
	}
	switch {
	case !b.queue.info.Transfer:
		b.err = errkind.Errorf(ErrUsage, "gpu: queue %d does not copy; see Caps.Queues", b.queue.index)
	case dst.size != src.size:
		b.err = errkind.Errorf(ErrRange, "gpu: copy of %d bytes to a buffer of %d; take a Part of the larger one", src.size, dst.size)
	case dst.size%4 != 0 && !b.whole(dst, src):
		b.err = errkind.Errorf(ErrRange, "gpu: copy of %d bytes: parts must be multiples of 4", src.size)
	}
	from, to := b.pin(src, TransferSrc), b.pin(dst, TransferDst)
	if b.err != nil {
		return b
	}
	if from.Memory == to.Memory && overlap(from, to) {
		b.err = errkind.Errorf(ErrRange, "gpu: copy: source and destination overlap")
		return b
	}
	b.add(Command{Source: from, Destination: to}, []Span{from}, []Span{to})
	return b
}

// whole reports whether both are whole buffers, which any size may have.
func (b *Batch) whole(dst, src Buffer) bool { return dst.start == 0 && src.start == 0 }

// Dispatch runs groups workgroups of a kernel in x, y and z. The arguments take the
// kernel's bindings in order; each must be a multiple of 4 bytes. What the CPU has
// written to them is flushed, and what it may read of them afterwards fetched.
func (b *Batch) Dispatch(k *Kernel, groups [3]uint32, constants []byte, arguments ...Buffer) *Batch {
	if b.err == nil {
		b.err = b.checkDispatch(k, groups, constants, arguments)
	}
	if b.err != nil {
		return b
	}
	c := Command{Kernel: k.handle, Groups: groups, Constants: append([]byte(nil), constants...)}
	var reads, writes []Span
	for i, x := range arguments {
		s := b.pin(x, k.code.Bindings[i])
		if b.err != nil {
			return b
		}
		if s.Offset%b.queue.device.caps.Alignment != 0 {
			b.err = errkind.Errorf(ErrRange, "gpu: kernel %q: argument %d begins at %d: parts that kernels use must begin at multiples of %d", k.code.Name, i, x.start, b.queue.device.caps.Alignment)
			return b
		}
		c.Arguments = append(c.Arguments, s)
		if k.code.Bindings[i] == Uniform {
			reads = append(reads, s)
		} else {
			writes = append(writes, s)
		}
		if x.pool.info.Visible {
			b.flush, b.fetch = append(b.flush, x), append(b.fetch, x)
		}
	}
	d := b.queue.device
	d.mu.Lock()
	k.jobs++
	d.mu.Unlock()
	b.kernels = append(b.kernels, k)
	b.resident = b.resident || k.code.Resident
	b.add(c, reads, writes)
	return b
}

func (b *Batch) checkDispatch(k *Kernel, groups [3]uint32, constants []byte, arguments []Buffer) error {
	d := b.queue.device
	switch {
	case k == nil || k.handle == 0:
		return errkind.Errorf(ErrClosed, "gpu: Dispatch: the kernel is nil or closed")
	case k.device != d:
		return errkind.Errorf(ErrUsage, "gpu: kernel %q belongs to another device", k.code.Name)
	case !b.queue.info.Compute:
		return errkind.Errorf(ErrUsage, "gpu: queue %d does not compute; see Caps.Queues", b.queue.index)
	case len(constants) != k.code.Constants:
		return errkind.Errorf(ErrRange, "gpu: kernel %q: %d bytes of constants, KernelCode.Constants is %d", k.code.Name, len(constants), k.code.Constants)
	case len(arguments) != len(k.code.Bindings):
		return errkind.Errorf(ErrUsage, "gpu: kernel %q: %d arguments for %d bindings", k.code.Name, len(arguments), len(k.code.Bindings))
	}
	for i, n := range groups {
		if n < 1 || n > d.caps.MostGroups[i] {
			return errkind.Errorf(ErrRange, "gpu: kernel %q: %v workgroups: each number must be 1 to %v", k.code.Name, groups, d.caps.MostGroups)
		}
	}
	for i, x := range arguments {
		if x.size%4 != 0 {
			return errkind.Errorf(ErrRange, "gpu: kernel %q: argument %d has %d bytes, no multiple of 4", k.code.Name, i, x.size)
		}
	}
	return nil
}

// Await lets the batch begin when the semaphore is signalled by another job.
func (b *Batch) Await(s *Semaphore) *Batch {
	if b.err == nil && s.device != b.queue.device {
		b.err = errkind.Errorf(ErrUsage, "gpu: Await: the semaphore belongs to another device")
	}
	b.awaits = append(b.awaits, s)
	return b
}

// Signal signals the semaphore when the batch has finished.
func (b *Batch) Signal(s *Semaphore) *Batch {
	if b.err == nil && s.device != b.queue.device {
		b.err = errkind.Errorf(ErrUsage, "gpu: Signal: the semaphore belongs to another device")
	}
	b.signals = append(b.signals, s)
	return b
}

// pin resolves a buffer and keeps it alive.
func (b *Batch) pin(x Buffer, u Usage) Span {
	if b.err != nil {
		return Span{}
	}
	s, err := x.pin(b.queue.device, u)
	if err != nil {
		b.err = err
		return Span{}
	}
	b.buffers = append(b.buffers, x)
	return s
}

func (b *Batch) add(c Command, reads, writes []Span) {
	c.Barrier = b.hazards.add(reads, writes)
	b.commands = append(b.commands, c)
}

// Record makes a job of the batch, which can be submitted again and again. It
// allocates in the driver.
func (b *Batch) Record() (*Job, error) {
	if b.err == nil && b.used {
		b.err = errkind.Errorf(ErrUsage, "gpu: Batch: recorded already; begin another one")
	}
	if b.err == nil && len(b.commands) == 0 {
		b.err = errkind.Errorf(ErrUsage, "gpu: Batch: has no commands")
	}
	b.used = true
	d := b.queue.device
	if b.err == nil {
		b.err = d.allocating("recording a job", 0)
	}
	var h Handle
	if b.err == nil {
		h, b.err = d.backend.Record(&Recording{Queue: b.queue.index, Commands: b.commands, Waits: len(b.awaits), Signals: 1 + len(b.signals)})
	}
	if b.err != nil {
		b.release()
		return nil, b.err
	}
	return newJob(b, h), nil
}

// release undoes what the batch holds.
func (b *Batch) release() {
	for _, x := range b.buffers {
		x.unpin()
	}
	d := b.queue.device
	d.mu.Lock()
	for _, k := range b.kernels {
		k.jobs--
	}
	d.mu.Unlock()
	b.buffers, b.kernels = nil, nil
}

// Submit records the batch and starts it. Wait waits for it.
func (b *Batch) Submit() (Fence, error) {
	j, err := b.Record()
	if err != nil {
		return Fence{}, err
	}
	if err := j.Submit(); err != nil {
		return Fence{}, errors.Join(err, j.Close())
	}
	b.last = j
	return j.Fence(), nil
}

// Wait waits until the submitted batch has finished and gives its recording back,
// or until ctx ends: then [ErrTimeout], and Wait may be called again.
func (b *Batch) Wait(ctx context.Context) error {
	if b.last == nil {
		if b.err != nil {
			return b.err
		}
		return errkind.Errorf(ErrUsage, "gpu: Batch: Wait before Submit")
	}
	err := b.last.Wait(ctx)
	if errors.Is(err, ErrTimeout) {
		return err
	}
	return errors.Join(err, b.last.Close())
}

// Run submits the batch and waits for it.
func (b *Batch) Run(ctx context.Context) error {
	if _, err := b.Submit(); err != nil {
		return err
	}
	return b.Wait(ctx)
}
