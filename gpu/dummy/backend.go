package dummy

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/internal/errkind"
)

// Backend is an open device. A test gets it from gpu.Device.Backend.
type Backend struct {
	driver Driver
	caps   gpu.Caps
	lost   atomic.Bool
	closed atomic.Bool

	mu          sync.Mutex
	last        gpu.Handle
	memories    map[gpu.Handle]*memory
	kernels     map[gpu.Handle]*gpu.KernelCode
	timelines   map[gpu.Handle]*uint64
	recordings  map[gpu.Handle]*gpu.Recording
	queues      [][]*submission // in flight, the oldest first
	held        bool
	failing     int // allocations from now on, until one fails; 0: none does
	used        [2]uint64
	allocations int
	faults      []string
}

// memory has two views where it is not coherent.
type memory struct {
	kind         gpu.MemoryType
	heap         int
	imported     bool
	host, device []byte
}

// Caps says what the device can do.
func (b *Backend) Caps() gpu.Caps { return b.caps }

// Hold keeps everything in flight from finishing, and Release lets it go on.
func (b *Backend) Hold()    { b.set(func() { b.held = true }) }
func (b *Backend) Release() { b.set(func() { b.held = false }) }

// Lose makes the device one that is lost: every call fails with gpu.ErrDeviceLost.
func (b *Backend) Lose() { b.lost.Store(true) }

// FailAllocation lets the n-th allocation from now on fail, 1 being the next.
func (b *Backend) FailAllocation(n int) { b.set(func() { b.failing = n }) }

func (b *Backend) set(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// Faults are the uses of memory at the wrong time that were found.
func (b *Backend) Faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.faults...)
}

// Allocations is how often a driver would have allocated: memory, kernels,
// timelines and recordings.
func (b *Backend) Allocations() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.allocations
}

// next numbers an object. The caller holds mu.
func (b *Backend) next() gpu.Handle {
	b.last++
	b.allocations++
	return b.last
}

// Allocate makes memory.
func (b *Backend) Allocate(size uint64, t gpu.MemoryType) (gpu.Handle, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	info := b.caps.Types[t]
	if b.failing > 0 {
		if b.failing--; b.failing == 0 {
			return 0, gpu.ErrOutOfMemory
		}
	}
	switch {
	case b.lost.Load():
		return 0, gpu.ErrDeviceLost
	case !info.Available:
		return 0, gpu.ErrUsage
	case size > b.driver.HeapSize-b.used[info.Heap]:
		return 0, errkind.Errorf(gpu.ErrOutOfMemory, "dummy: %d bytes more: heap %d has %d, of which %d are in use; see Driver.HeapSize", size, info.Heap, b.driver.HeapSize, b.used[info.Heap])
	}
	b.used[info.Heap] += size
	m := &memory{kind: t, heap: info.Heap, device: make([]byte, size)}
	m.host = m.device
	if !info.Coherent {
		m.host = make([]byte, size)
	}
	h := b.next()
	b.memories[h] = m
	return h, nil
}

// Import makes memory out of memory of the host.
func (b *Backend) Import(host []byte) (gpu.Handle, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost.Load() {
		return 0, gpu.ErrDeviceLost
	}
	h := b.next()
	b.memories[h] = &memory{kind: gpu.HostCached, imported: true, host: host, device: host}
	return h, nil
}

// Free gives memory back.
func (b *Backend) Free(h gpu.Handle) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.memories[h]
	if m == nil {
		return
	}
	if !m.imported {
		b.used[m.heap] -= uint64(len(m.device))
	}
	delete(b.memories, h)
}

// Map returns a part of memory as the CPU sees it.
func (b *Backend) Map(h gpu.Handle, offset, size uint64) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.part(gpu.Span{Memory: h, Offset: offset, Size: size})
	if err != nil {
		return nil, err
	}
	if !b.caps.Types[m.kind].Visible {
		return nil, gpu.ErrNotVisible
	}
	return m.host[offset : offset+size : offset+size], nil
}

// part checks a span. The caller holds mu.
func (b *Backend) part(s gpu.Span) (*memory, error) {
	m := b.memories[s.Memory]
	switch {
	case m == nil:
		return nil, gpu.ErrStale
	case s.Offset > uint64(len(m.host)) || s.Size > uint64(len(m.host))-s.Offset:
		return nil, gpu.ErrRange
	}
	return m, nil
}

// Flush shows the device what the CPU wrote. It is a fault while work that uses the
// memory is in flight.
func (b *Backend) Flush(h gpu.Handle, offset, size uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.touch(gpu.Span{Memory: h, Offset: offset, Size: size}, true, "written by the CPU while work that uses it is in flight")
	if err != nil {
		return err
	}
	copy(m.device[offset:offset+size], m.host[offset:offset+size])
	return nil
}

// Invalidate shows the CPU what the device wrote. It is a fault while work that
// writes the memory is in flight.
func (b *Backend) Invalidate(h gpu.Handle, offset, size uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.touch(gpu.Span{Memory: h, Offset: offset, Size: size}, false, "read by the CPU before the work that writes it has finished")
	if err != nil {
		return err
	}
	copy(m.host[offset:offset+size], m.device[offset:offset+size])
	return nil
}

// touch is the memory of a span that the CPU is about to write or read. Work in
// flight that this disturbs is a fault, told in the words of why. The caller holds mu.
func (b *Backend) touch(s gpu.Span, write bool, why string) (*memory, error) {
	m, err := b.part(s)
	switch {
	case err != nil:
		return nil, err
	case b.inFlight(s, write):
		return nil, b.fault(why, s)
	case b.lost.Load():
		return nil, gpu.ErrDeviceLost
	}
	return m, nil
}

// fault records a use of memory at the wrong time. The caller holds mu.
func (b *Backend) fault(what string, s gpu.Span) error {
	text := fmt.Sprintf("memory %d, %d bytes at %d: %s", s.Memory, s.Size, s.Offset, what)
	b.faults = append(b.faults, text)
	return errkind.Errorf(gpu.ErrInFlight, "dummy: %s", text)
}

// inFlight reports whether a submission writes the span, or, with reads, reads it.
// The caller holds mu.
func (b *Backend) inFlight(s gpu.Span, reads bool) bool {
	for _, q := range b.queues {
		for _, x := range q {
			for i := range x.recording.Commands {
				c := &x.recording.Commands[i]
				if c.Kernel == 0 {
					if overlap(c.Destination, s) || reads && overlap(c.Source, s) {
						return true
					}
					continue
				}
				for _, a := range c.Arguments {
					if overlap(a, s) {
						return true
					}
				}
			}
		}
	}
	return false
}

func overlap(a, b gpu.Span) bool {
	return a.Memory == b.Memory && a.Offset < b.Offset+b.Size && b.Offset < a.Offset+a.Size
}

// NewKernel takes a kernel in Go.
func (b *Backend) NewKernel(c *gpu.KernelCode) (gpu.Handle, error) {
	if c.Go == nil {
		return 0, errkind.Errorf(gpu.ErrKernel, "dummy: KernelCode %q: Go is nil; give the kernel as a function", c.Name)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost.Load() {
		return 0, gpu.ErrDeviceLost
	}
	h := b.next()
	b.kernels[h] = c
	return h, nil
}

// FreeKernel gives a kernel back.
func (b *Backend) FreeKernel(h gpu.Handle) { b.set(func() { delete(b.kernels, h) }) }

// NewTimeline makes a counter.
func (b *Backend) NewTimeline() (gpu.Handle, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.next()
	b.timelines[h] = new(uint64)
	return h, nil
}

// FreeTimeline gives a counter back.
func (b *Backend) FreeTimeline(h gpu.Handle) { b.set(func() { delete(b.timelines, h) }) }

// Value is the counter after one poll.
func (b *Backend) Value(h gpu.Handle) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.poll(h)
}

// poll lets time pass and reads the counter. The caller holds mu.
func (b *Backend) poll(h gpu.Handle) (uint64, error) {
	if b.lost.Load() {
		return 0, gpu.ErrDeviceLost
	}
	t := b.timelines[h]
	if t == nil {
		return 0, gpu.ErrStale
	}
	b.advance()
	return *t, nil
}

// Spin polls until the counter has the value.
func (b *Backend) Spin(h gpu.Handle, value uint64, limit time.Duration) error {
	return b.until(h, value, limit, runtime.Gosched)
}

// Wait sleeps between polls.
func (b *Backend) Wait(h gpu.Handle, value uint64, limit time.Duration) error {
	return b.until(h, value, limit, func() { time.Sleep(20 * time.Microsecond) })
}

func (b *Backend) until(h gpu.Handle, value uint64, limit time.Duration, pause func()) error {
	end := time.Now().Add(limit)
	for i := 0; ; i++ {
		v, err := b.Value(h)
		switch {
		case err != nil:
			return err
		case v >= value:
			return nil
		case i >= b.driver.Delay && !time.Now().Before(end):
			return gpu.ErrTimeout
		}
		pause()
	}
}

// Heaps is the state of both heaps.
func (b *Backend) Heaps() ([]gpu.HeapUse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []gpu.HeapUse
	for _, used := range b.used {
		list = append(list, gpu.HeapUse{Size: b.driver.HeapSize, Budget: b.driver.HeapSize, Used: used})
	}
	return list, nil
}

// Close ends the device.
func (b *Backend) Close() error {
	b.closed.Store(true)
	return nil
}
