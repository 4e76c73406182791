//go:build rtdebug

package tlsf

import (
	"fmt"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// heapDebug is what a debug build knows of a heap. Freed blocks wait in a
// quarantine, filled with a pattern; one that left it was not written to since.
type heapDebug struct {
	owner      debug.Owner
	quarantine []quarantinedBlock // oldest first
	flushing   bool
	origins    map[uint32]*history // by block
}

// history is where a block was last allocated and freed.
type history struct {
	requested        uintptr
	allocated, freed debug.Site
}

// quarantinedBlock is a block in quarantine.
type quarantinedBlock struct{ block, words uint32 }

// quarantineSize is how many freed blocks are kept from being used again.
const quarantineSize = 64

func (h *Heap) debugOwner() { h.debug.owner.Check("tlsf: heap") }

func (d *heapDebug) handOver() { d.owner.Release() }

// debugAlloc marks the content of the new block at p as undefined.
func (h *Heap) debugAlloc(p unsafe.Pointer, n uintptr) {
	b := h.indexOf(p)
	debug.Fill(p, h.capacity(b, at(h.base, b).tag&sizeMask), debug.Fresh)
	o := &history{requested: n}
	o.allocated.Here(1)
	h.origins()[b] = o
}

// debugMove says that the block at index from lives on at to.
func (h *Heap) debugMove(from, to uint32) {
	o := h.origins()[from]
	delete(h.origins(), from)
	if o != nil {
		h.origins()[to] = o
	}
}

// debugFree takes the block at p into quarantine. It returns the block that
// must leave it for that, nil when there is room.
func (h *Heap) debugFree(p unsafe.Pointer) (unsafe.Pointer, error) {
	h.debugOwner()
	if h.debug.flushing {
		return p, nil
	}
	b, s, err := h.locate(p)
	if err != nil {
		return nil, err
	}
	if h.remote.waits(b) {
		return nil, ErrDoubleFree
	}
	if o := h.origins()[b]; o != nil {
		o.freed.Here(1)
	}
	debug.Fill(p, uintptr(s)*wordSize-headerSize, debug.Freed)
	h.setFreed(b)
	h.account(s, 0)
	h.debug.quarantine = append(h.debug.quarantine, quarantinedBlock{b, s})
	if len(h.debug.quarantine) <= quarantineSize {
		return nil, nil
	}
	return h.evict(), nil
}

// waits reports whether block b is in the queue.
func (q *remoteQueue) waits(b uint32) bool {
	word, bit := q.mark(uint64(b / 2))
	return word.Load()&bit != 0
}

// debugFlush empties the quarantine. It reports whether there was anything.
func (h *Heap) debugFlush() bool {
	if h.debug.flushing || len(h.debug.quarantine) == 0 {
		return false
	}
	h.debug.flushing = true
	for len(h.debug.quarantine) > 0 {
		h.Free(h.evict()) // an overwritten header is for Check to report
	}
	h.debug.flushing = false
	return true
}

// evict makes the oldest block in quarantine live again, about to be freed.
func (h *Heap) evict() unsafe.Pointer {
	q := h.debug.quarantine[0]
	h.debug.quarantine = append(h.debug.quarantine[:0], h.debug.quarantine[1:]...)
	p := payload(h.base, q.block)
	if i, altered := debug.Altered(p, uintptr(q.words)*wordSize-headerSize, debug.Freed); altered {
		panic(fmt.Sprintf("tlsf: byte %d of a block at %p was written after the block was freed; %v", i, p, h.debug.origins[q.block]))
	}
	delete(h.debug.origins, q.block)
	h.setLive(q.block)
	h.account(0, q.words)
	return p
}

// debugLeaks describes the live blocks, nil when there are none.
func (h *Heap) debugLeaks() error {
	leaks := &LeakError{}
	for b := range h.Walk {
		if b.Live {
			leaks.Blocks++
			leaks.Bytes += b.Size
			leaks.Origins = append(leaks.Origins, fmt.Sprintf("%d bytes at %p, %v", b.Size, b.Payload, h.debug.origins[h.indexOf(b.Payload)]))
		}
	}
	if leaks.Blocks == 0 {
		return nil
	}
	return leaks
}

func (h *Heap) origins() map[uint32]*history {
	if h.debug.origins == nil {
		h.debug.origins = map[uint32]*history{}
	}
	return h.debug.origins
}

func (o *history) String() string {
	if o == nil {
		return "of unknown origin"
	}
	return fmt.Sprintf("%d bytes asked for at %v, freed at %v", o.requested, &o.allocated, &o.freed)
}

func (h *Heap) indexOf(p unsafe.Pointer) uint32 {
	return uint32((uintptr(p)-uintptr(h.base))/wordSize) - 1
}
