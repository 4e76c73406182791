package gpu

import (
	"context"

	"github.com/memkit-go/memkit/internal/errkind"
)

// FrameBarrier gives staging memory to frames, and takes it back when the device
// has passed the work that used it. A frame is whatever the program calls one: a
// frame of package core, an audio block, a step. Up to depth frames are in flight;
// Begin waits for the oldest. One goroutine uses it.
//
//	for {
//		frame := lane.Begin()              // of package core
//		barrier.Begin(ctx)
//		staging := barrier.Stage("vertices", n)
//		… write it, submit a job that uploads it …
//		barrier.End(job.Fence())
//		frame.End()
//	}
type FrameBarrier struct {
	pool   *Pool
	frames []stagedFrame // in turn
	turn   int
	open   bool
}

// stagedFrame is the staging memory of one frame.
type stagedFrame struct {
	fences  []Fence
	buffers []Buffer
}

// NewFrameBarrier makes a barrier for depth frames, 1 to 16, each with n bytes of
// staging memory that the CPU writes, taken from the driver at once.
func (d *Device) NewFrameBarrier(name string, depth int, n uint64) (*FrameBarrier, error) {
	if depth < 1 || depth > 16 {
		return nil, errkind.Errorf(ErrRange, "gpu: frame barrier %q: depth %d: must be 1 to 16; 2 lets the CPU write one frame while the device reads another", name, depth)
	}
	if n == 0 || n > mostBlock/32 {
		return nil, errkind.Errorf(ErrRange, "gpu: frame barrier %q: %d bytes a frame: must be 1 to %d", name, n, uint64(mostBlock/32))
	}
	// A ring wastes at most what lies between a buffer that does not fit and the
	// end, once in all frames.
	size := max(roundUp(n, d.caps.Alignment)*uint64(depth+1), 4096)
	p, err := d.NewPool(PoolConfig{Name: name, Type: HostCoherent, Strategy: Ring, BlockSize: size, Reserve: 1, MaxBlocks: 1})
	if err != nil {
		return nil, err
	}
	b := &FrameBarrier{pool: p, frames: make([]stagedFrame, depth)}
	d.mu.Lock()
	d.stages[b] = struct{}{}
	d.mu.Unlock()
	return b, nil
}

// Begin begins a frame. It waits until the device has passed the frame that was
// begun depth frames ago, and frees its staging memory.
func (b *FrameBarrier) Begin(ctx context.Context) error {
	if b.open {
		return errkind.Errorf(ErrUsage, "gpu: frame barrier %q: Begin before End of the last frame", b.pool.config.Name)
	}
	f := &b.frames[b.turn]
	if err := f.retire(ctx); err != nil {
		return err
	}
	b.open = true
	return nil
}

// retire waits for the frame's fences and frees its buffers.
func (f *stagedFrame) retire(ctx context.Context) error {
	for len(f.fences) > 0 {
		if err := f.fences[0].Wait(ctx); err != nil {
			return err
		}
		f.fences = f.fences[1:]
	}
	for len(f.buffers) > 0 {
		if err := f.buffers[0].Free(); err != nil {
			return err
		}
		f.buffers = f.buffers[1:]
	}
	return nil
}

// Stage makes a staging buffer of n bytes for this frame. It is freed by itself.
func (b *FrameBarrier) Stage(name string, n uint64) (Buffer, error) {
	if !b.open {
		return Buffer{}, errkind.Errorf(ErrUsage, "gpu: frame barrier %q: Stage outside of a frame", b.pool.config.Name)
	}
	x, err := b.pool.New(BufferConfig{Name: name, Size: n, Usage: TransferSrc | Storage | Uniform})
	if err != nil {
		return Buffer{}, err
	}
	f := &b.frames[b.turn]
	f.buffers = append(f.buffers, x)
	return x, nil
}

// End ends the frame. Its staging memory lives until the fences have passed and
// the jobs that were recorded with it are closed.
func (b *FrameBarrier) End(fences ...Fence) error {
	if !b.open {
		return errkind.Errorf(ErrUsage, "gpu: frame barrier %q: End outside of a frame", b.pool.config.Name)
	}
	f := &b.frames[b.turn]
	f.fences = append(f.fences, fences...)
	b.turn = (b.turn + 1) % len(b.frames)
	b.open = false
	return nil
}

// Close waits for all frames and gives the memory back.
func (b *FrameBarrier) Close(ctx context.Context) error {
	for i := range b.frames {
		if err := b.frames[i].retire(ctx); err != nil {
			return err
		}
	}
	d := b.pool.device
	d.mu.Lock()
	delete(d.stages, b)
	d.mu.Unlock()
	return b.pool.Close()
}

// release frees the buffers of an idle device.
func (b *FrameBarrier) release() {
	for i := range b.frames {
		for _, x := range b.frames[i].buffers {
			_ = x.Free() // a job that still uses it is in the report of leaks
		}
	}
}
