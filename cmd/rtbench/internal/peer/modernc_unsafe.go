package peer

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"modernc.org/memory"
)

// ModerncTrace replays t with modernc.org/memory, which maps and unmaps pages
// as it goes.
func ModerncTrace(ctx context.Context, t *alloctrace.Trace, plan sampler.Plan) (sampler.Samples, error) {
	r := moderncReplay{cursor: alloctrace.NewCursor(t), slots: make([]unsafe.Pointer, t.Slots)}
	s, err := plan.Run(ctx, sampler.Subject{
		Batch:   func() { r.batch(plan.Ops) },
		Latency: r.latency,
	})
	return s, r.close(err)
}

// ModerncPair allocates and frees one block of size bytes, again and again,
// with modernc.org/memory.
func ModerncPair(ctx context.Context, size int, plan sampler.Plan) (sampler.Samples, error) {
	var m modernc
	s, err := plan.Run(ctx, sampler.Subject{
		Batch: func() {
			for range plan.Ops {
				m.pair(size)
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				m.pair(size)
				dst[i] = rt.Now() - t
			}
		},
	})
	return s, m.close(err)
}

// modernc is the allocator and the first error of any call.
type modernc struct {
	heap memory.Allocator
	err  error
}

func (m *modernc) pair(size int) {
	p, err := m.heap.UnsafeMalloc(size)
	if err == nil {
		err = m.heap.UnsafeFree(p)
	}
	if err != nil {
		m.failed(err)
	}
}

func (m *modernc) failed(err error) {
	if m.err == nil {
		m.err = fmt.Errorf("modernc.org/memory: %w", err)
	}
}

// close gives the memory back and picks the error to report: the run's own
// before the allocator's.
func (m *modernc) close(run error) error {
	if err := m.heap.Close(); err != nil {
		m.failed(err)
	}
	if run != nil {
		return run
	}
	return m.err
}

type moderncReplay struct {
	modernc
	cursor alloctrace.Cursor
	slots  []unsafe.Pointer
}

func (r *moderncReplay) batch(n int) {
	for n > 0 {
		ops := r.cursor.Next(n)
		for _, op := range ops {
			var err error
			if op.Size != 0 {
				r.slots[op.Slot], err = r.heap.UnsafeMalloc(int(op.Size))
			} else {
				err = r.heap.UnsafeFree(r.slots[op.Slot])
			}
			if err != nil {
				r.failed(err)
			}
		}
		n -= len(ops)
	}
}

func (r *moderncReplay) latency(dst []int64) {
	for len(dst) > 0 {
		ops := r.cursor.Next(len(dst))
		for i, op := range ops {
			var err error
			t := rt.Now()
			if op.Size != 0 {
				r.slots[op.Slot], err = r.heap.UnsafeMalloc(int(op.Size))
			} else {
				err = r.heap.UnsafeFree(r.slots[op.Slot])
			}
			dst[i] = rt.Now() - t
			if err != nil {
				r.failed(err)
			}
		}
		dst = dst[len(ops):]
	}
}
