package suite

import (
	"unsafe"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// heapReplay replays a trace on a heap. Its loops hold the allocator's calls
// themselves, because an interface between them would cost as much as a pool.
type heapReplay struct {
	heap   *tlsf.Heap
	cursor alloctrace.Cursor
	slots  []unsafe.Pointer
	err    error // of any Free
}

func newHeapReplay(heap *tlsf.Heap, t *alloctrace.Trace) *heapReplay {
	return &heapReplay{heap: heap, cursor: alloctrace.NewCursor(t), slots: make([]unsafe.Pointer, t.Slots)}
}

// batch replays as the loop of the C peers does: a slot is found without a test of
// its bounds, and stored without a write barrier, which the collector does not need
// because the heap keeps its memory.
func (r *heapReplay) batch(n int) {
	heap, slots := r.heap, unsafe.Pointer(unsafe.SliceData(r.slots))
	for n > 0 {
		ops := r.cursor.Next(n)
		for _, op := range ops {
			slot := unsafe.Add(slots, uintptr(op.Slot)*unsafe.Sizeof(slots))
			if op.Size != 0 {
				*(*uintptr)(slot) = uintptr(heap.Alloc(uintptr(op.Size)))
			} else if err := heap.Free(*(*unsafe.Pointer)(slot)); err != nil {
				r.err = err
			}
		}
		n -= len(ops)
	}
}

func (r *heapReplay) latency(dst []int64) {
	heap, slots := r.heap, r.slots
	for len(dst) > 0 {
		ops := r.cursor.Next(len(dst))
		for i, op := range ops {
			var err error
			t := rt.Now()
			if op.Size != 0 {
				slots[op.Slot] = heap.Alloc(uintptr(op.Size))
			} else {
				err = heap.Free(slots[op.Slot])
			}
			dst[i] = rt.Now() - t
			if err != nil {
				r.err = err
			}
		}
		dst = dst[len(ops):]
	}
}

func (r *heapReplay) pairs(n int) {
	heap := r.heap
	for range n {
		if err := heap.Free(heap.Alloc(pairSize)); err != nil {
			r.err = err
		}
	}
}

func (r *heapReplay) pairLatency(dst []int64) {
	heap := r.heap
	for i := range dst {
		t := rt.Now()
		err := heap.Free(heap.Alloc(pairSize))
		dst[i] = rt.Now() - t
		if err != nil {
			r.err = err
		}
	}
}

// fits replays up to the first allocation that the heap refuses and reports
// whether there was none.
func (r *heapReplay) fits() (bool, error) {
	for {
		ops := r.cursor.Next(1000)
		for _, op := range ops {
			if op.Size == 0 {
				if err := r.heap.Free(r.slots[op.Slot]); err != nil {
					return false, err
				}
				continue
			}
			if r.slots[op.Slot] = r.heap.Alloc(uintptr(op.Size)); r.slots[op.Slot] == nil {
				return false, nil
			}
		}
		if r.cursor.AtStart() {
			return true, nil
		}
	}
}
