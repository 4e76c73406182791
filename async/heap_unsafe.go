package async

import (
	"context"
	"fmt"
	"math"
	"sort"
	"unsafe"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// HeapConfig describes a [Heap].
type HeapConfig struct {
	// Name appears in errors and metrics; empty means "heap".
	Name string
	// Size is the bytes of memory, tables included; 0 means 1 MiB.
	Size int
	// Blocks is how many blocks there can be at once; 0 means 1024.
	Blocks int
}

// Bounds of a heap's size in bytes: its tables need some, and sums must not overflow.
const (
	minHeap = 16 << 10
	maxHeap = math.MaxInt / 4
)

func (c *HeapConfig) validate() error {
	if c.Name == "" {
		c.Name = "heap"
	}
	if c.Size == 0 {
		c.Size = 1 << 20
	}
	if c.Blocks == 0 {
		c.Blocks = 1024
	}
	if c.Size < minHeap || c.Size > maxHeap {
		return fmt.Errorf("async: HeapConfig.Size %d: must be %d to %d; give the bytes of all blocks", c.Size, minHeap, maxHeap)
	}
	if c.Blocks < 1 || c.Blocks > maxItems {
		return fmt.Errorf("async: HeapConfig.Blocks %d: must be 1 to %d; give the blocks that live at once", c.Blocks, maxItems)
	}
	return nil
}

// Heap is memory of a fixed size for blocks of any size. An allocation that does not
// fit waits until it does; large requests are treated as [Bytes] treats them. The
// memory lies outside the Go heap and must hold no Go pointers.
type Heap struct {
	config  HeapConfig
	memory  *arena.Arena
	q       weighted
	tlsf    *tlsf.Heap
	slots   []slot
	spare   uint64 // index+1 of the first free slot
	largest int    // bytes that fit when the heap is empty
	live    int
	bytes   int
	total   uint64
}

// NewHeap makes a heap. Close unmaps its memory.
func NewHeap(c HeapConfig) (*Heap, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	memory, err := arena.New(arena.Config{Size: c.Size, Name: c.Name, NoLock: true})
	if err != nil {
		return nil, err
	}
	blocks, err := tlsf.New(memory.Bytes(), tlsf.Config{})
	if err != nil {
		memory.Close()
		return nil, err
	}
	h := &Heap{config: c, memory: memory, tlsf: blocks, slots: make([]slot, c.Blocks)}
	for i := range h.slots {
		h.slots[i].heap, h.slots[i].index, h.slots[i].link = h, uint32(i), h.spare
		h.spare = uint64(i + 1)
	}
	h.q.try = h.try
	h.largest = sort.Search(c.Size, func(n int) bool {
		p := blocks.Alloc(uintptr(n + 1))
		if p != nil {
			blocks.Free(p)
		}
		return p == nil
	})
	return h, nil
}

// try is the heap's weighted.try.
func (h *Heap) try(w *waiter) bool {
	if h.spare == 0 {
		return false
	}
	h.tlsf.HandOver() // the lock lets one goroutine at a time use it
	p := h.tlsf.Alloc(uintptr(max(w.n, 1)))
	if p == nil {
		return false
	}
	s := &h.slots[h.spare-1]
	h.spare = s.link
	s.value, s.size = p, int(w.n)
	w.slot = s
	h.live++
	h.total++
	h.bytes += s.size
	return true
}

// open takes a block of n bytes of undefined content.
func (h *Heap) open(ctx context.Context, n int) (*slot, uint64, error) {
	if n < 0 {
		return nil, 0, ErrSize
	}
	if n > h.largest {
		return nil, 0, ErrTooLarge
	}
	w, err := h.q.acquire(ctx, int64(n))
	if err != nil {
		return nil, 0, err
	}
	s := w.slot
	h.q.recycle(w)
	return s, s.hold(), nil
}

// free takes back a slot whose handle has ended.
func (h *Heap) free(s *slot) {
	h.q.mu.Lock()
	defer h.q.mu.Unlock()
	h.live--
	h.bytes -= s.size
	if !h.q.closed {
		h.tlsf.HandOver()
		h.tlsf.Free(s.value)
	}
	s.link, h.spare = h.spare, uint64(s.index+1)
	h.q.serve()
	if h.q.closed && h.live == 0 {
		h.memory.Close()
	}
}

// Alloc takes n zeroed bytes at a multiple of 16, or waits for them. Zeroing a
// large block stops when ctx ends. It fails with the context's cause,
// [ErrTooLarge], [ErrSize] or [ErrClosed], and then nothing was taken.
func (h *Heap) Alloc(ctx context.Context, n int) (Block, error) {
	s, state, err := h.open(ctx, n)
	if err != nil {
		return Block{}, err
	}
	b := Block{s, state}
	if err := zero(ctx, unsafe.Slice((*byte)(s.value), n)); err != nil {
		b.Release()
		return Block{}, err
	}
	return b, nil
}

// WouldBlock reports whether an Alloc of n bytes would wait now.
func (h *Heap) WouldBlock(n int) bool {
	h.q.mu.Lock()
	defer h.q.mu.Unlock()
	if n < 0 || h.q.closed || h.q.queue.first != nil {
		return true
	}
	w := waiter{n: int64(n)}
	if !h.try(&w) {
		return true
	}
	h.tlsf.Free(w.slot.value)
	h.live--
	h.total--
	h.bytes -= w.slot.size
	w.slot.link, h.spare = h.spare, uint64(w.slot.index+1)
	return false
}

// Task returns nil: the heap's blocks belong to whoever allocates them. See
// [Task.Allocator].
func (h *Heap) Task() *Task { return nil }

// NewBox takes a zeroed T in the heap, or waits for the memory. T holds no Go
// pointers, to which the token testifies.
func NewBox[T any](ctx context.Context, h *Heap, t core.Type[T]) (Box[T], error) {
	if t == (core.Type[T]{}) {
		return Box[T]{}, ErrToken
	}
	b, err := h.Alloc(ctx, t.Size())
	return Box[T](b), err
}

// Close makes every allocation fail with [ErrClosed], also those that wait. Blocks
// that are held stay valid until their Release, and the memory is unmapped after the
// last; it reports them as a [*LeakError].
func (h *Heap) Close() error {
	if err := h.q.close(); err != nil {
		return err
	}
	h.q.mu.Lock()
	defer h.q.mu.Unlock()
	if h.live > 0 {
		return &LeakError{Name: h.config.Name, Count: h.live, Bytes: h.bytes}
	}
	return h.memory.Close()
}

// HeapStats are a heap's statistics.
type HeapStats struct {
	Name      string
	Capacity  int // bytes
	Bytes     int // asked for and not released
	Blocks    int // not released
	Allocated uint64
	Waiting   int // goroutines that wait now
	Waits     uint64
}

func (s HeapStats) String() string {
	return fmt.Sprintf("heap %q: %d of %d bytes in %d blocks; %d allocated, %d waits", s.Name, s.Bytes, s.Capacity, s.Blocks, s.Allocated, s.Waits)
}

// Stats returns the heap's statistics.
func (h *Heap) Stats() HeapStats {
	h.q.mu.Lock()
	defer h.q.mu.Unlock()
	return HeapStats{h.config.Name, h.config.Size, h.bytes, h.live, h.total, h.q.queue.length, h.q.waits}
}

// Collect reports the statistics one by one, for a metrics system.
func (h *Heap) Collect(report func(name string, value float64)) {
	h.q.mu.Lock()
	defer h.q.mu.Unlock()
	report("capacity_bytes", float64(h.config.Size))
	report("used_bytes", float64(h.bytes))
	report("blocks", float64(h.live))
	report("allocated_total", float64(h.total))
	h.q.collect(report)
}
