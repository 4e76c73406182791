package tlsf

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// setup is the part of a [Heap] that New and AddPool decide and hot paths do
// not need.
type setup struct {
	config Config
	cells  uint32 // bins that free blocks of this heap can be in, plus cell 0
	pools  []pool // by address
}

// pool is one region. Its last block is a sentinel without payload, which is
// never free and so ends every merge.
type pool struct {
	memory      []byte // keeps Go memory alive; mapped memory is its arena's
	first, last uint32 // blocks
}

func (p *pool) unpoison() {
	if debug.Sanitized {
		debug.Unpoison(unsafe.Pointer(&p.memory[0]), uintptr(len(p.memory)))
	}
}

// New makes a heap over region, which it takes over whole: an arena's Bytes, or
// a part of them. The region must be aligned to 16 bytes. The heap's tables
// take its beginning: 8 bytes for each bin, and 1/64 of the region for the
// bitmap of block starts. Only they are written here, so the region should be
// resident already, as an arena is.
func New(region []byte, c Config) (*Heap, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := checkRegion(region); err != nil {
		return nil, fmt.Errorf("tlsf: New: %w", err)
	}
	h := &Heap{bins: c.Policy.bins(), base: unsafe.Pointer(&region[0])}
	h.config = c
	h.cells = h.bins.of(uint32(max(len(region), c.MaxPool)/wordSize)) + 1
	span := regionWords(region)
	p := pool{memory: region, first: h.cellWords() + bitmapWords(span) + 1, last: span - 1}
	if p.last < p.first+2 {
		return nil, fmt.Errorf("tlsf: New: region of %d bytes: too small for a %v heap's tables of %d bytes and a block; give some KiB more, or a smaller Config.MaxPool",
			len(region), c.Policy, p.first*wordSize)
	}
	h.remote.init(c.remoteSlots())
	h.install([]pool{p}, unsafe.Add(h.base, h.cellWords()*wordSize))
	h.Reset()
	return h, nil
}

// AddPool lets the heap allocate from one more region as well, aligned like
// New's and no longer than Config.MaxPool. Live blocks stay where they are. The
// new region holds the enlarged bitmap of block starts, 1/64 of the distance
// between the heap's lowest and highest address: regions should be close to
// each other, and at most 32 GiB apart. AddPool drains the queue of remote frees
// and walks the heap, so it is for set-up; no FreeRemote may run at the same time.
func (h *Heap) AddPool(region []byte) error {
	if err := checkRegion(region); err != nil {
		return fmt.Errorf("tlsf: AddPool: %w", err)
	}
	if h.bins.of(regionWords(region)) >= h.cells {
		return fmt.Errorf("tlsf: AddPool: region of %d bytes: larger than this heap's bins reach; set Config.MaxPool to %d in New", len(region), len(region))
	}
	added := pool{memory: region}
	pools := append(slices.Clone(h.pools), added)
	slices.SortFunc(pools, func(a, b pool) int {
		if address(a.memory) < address(b.memory) {
			return -1
		}
		return 1
	})
	at := slices.IndexFunc(pools, func(p pool) bool { return address(p.memory) == address(region) })
	for i := range pools[1:] {
		if address(pools[i+1].memory)-address(pools[i].memory) < uintptr(len(pools[i].memory)) {
			return fmt.Errorf("tlsf: AddPool: region at %#x of %d bytes: overlaps memory that the heap has already", address(region), len(region))
		}
	}

	lowest, highest := pools[0].memory, pools[len(pools)-1].memory
	distance := uint64(address(highest)-address(lowest))/wordSize + uint64(regionWords(highest))
	if distance > maxSpan {
		return fmt.Errorf("tlsf: AddPool: region at %#x: %d bytes from the heap's other end, more than %d; take regions from one arena",
			address(region), distance*wordSize, uint64(maxSpan)*wordSize)
	}
	span := uint32(distance)
	offset := uint32((address(region) - address(lowest)) / wordSize)
	tables := offset
	if at == 0 {
		tables += h.cellWords()
	}
	p := &pools[at]
	p.first, p.last = tables+bitmapWords(span)+1, offset+regionWords(region)-1
	if p.last < p.first+2 {
		return fmt.Errorf("tlsf: AddPool: region of %d bytes: too small for the %d bytes of tables of a heap that spans %d bytes and a block; take regions closer together",
			len(region), (p.first-offset)*wordSize, distance*wordSize)
	}

	h.DrainRemote(len(h.remote.slots)) // blocks in it are indices that may change
	h.mergeParked()
	shift := uint32((uintptr(h.base) - address(lowest)) / wordSize)
	for i := range pools {
		if i != at {
			pools[i].first += shift
			pools[i].last += shift
		}
	}
	p.unpoison()
	h.base = unsafe.Pointer(&lowest[0])
	starts := unsafe.Slice((*uint64)(h.states), bitmapWords(h.span))
	h.install(pools, h.word(tables))
	h.shiftStarts(starts, shift)
	h.rebuild(at, shift)
	return nil
}

func checkRegion(region []byte) error {
	switch {
	case len(region) < 2*unitSize:
		return fmt.Errorf("region of %d bytes: too small to hold a block; give some KiB", len(region))
	case uint64(len(region)) > maxRegion:
		return fmt.Errorf("region of %d bytes: at most %d; give several and use AddPool", len(region), uint64(maxRegion))
	case address(region)%unitSize != 0:
		return fmt.Errorf("region at %#x: must be aligned to 16 bytes; use an arena's Bytes, or cut them at multiples of 16", address(region))
	}
	return nil
}

func address(region []byte) uintptr { return uintptr(unsafe.Pointer(&region[0])) }

func regionWords(region []byte) uint32 { return uint32(len(region)/wordSize) &^ 1 }

// cellWords is how many words the cells take; like bitmapWords it is even, so
// that blocks after it have odd indices.
func (h *Heap) cellWords() uint32 { return (h.cells + 2) &^ 1 }

func bitmapWords(span uint32) uint32 { return uint32((uint64(span)+63)/64+1) &^ 1 }

// word is the address of a word that holds a table.
//
//go:nocheckptr
func (h *Heap) word(i uint32) unsafe.Pointer { return unsafe.Add(h.base, uintptr(i)*wordSize) }

// install makes pools the heap's, the first of which begins at h.base.
func (h *Heap) install(pools []pool, states unsafe.Pointer) {
	h.pools, h.states = pools, states
	h.span = pools[len(pools)-1].last + 1
	h.firstPayload, h.units = unsafe.Add(h.base, unitSize), uint64(h.span/2-1)
	h.remote.reach(h.span)
	h.limit = 0
	for _, p := range pools {
		h.limit = max(h.limit, uintptr(p.last-p.first)*wordSize-headerSize)
	}
}

// Reset frees every block, forgets remote frees that wait, and zeroes the
// statistics; pools that were added stay. It clears the bitmap of block starts,
// 1/64 of the heap: it is for phase boundaries, not for deadlines.
func (h *Heap) Reset() {
	if debug.Enabled {
		h.debugFlush()
	}
	for _, p := range h.pools {
		p.unpoison()
	}
	h.parked, h.parkedSize = 0, 0
	h.peak, h.room, h.peakRequest = 0, 0, 0
	h.failures, h.remoteErrors = 0, 0
	h.remote.empty()
	h.emptyBins()
	clear(unsafe.Slice((*uint64)(h.states), bitmapWords(h.span)))
	for _, p := range h.pools {
		h.format(p)
	}
}

func (h *Heap) emptyBins() {
	h.bins.empty()
	*at(h.base, uint32(0)) = block{}
	for i := uint32(1); i < h.cells; i++ {
		cell := at(h.base, i)
		cell.nextFree, cell.prevFree = i, i
	}
}

// format makes p one free block.
func (h *Heap) format(p pool) {
	end := at(h.base, p.last)
	end.prevPhys, end.tag = p.first, 0
	at(h.base, p.first).prevPhys = 0
	h.freeSpan(p.first, p.last)
}

// shiftStarts copies the block starts of an old bitmap to the heap's.
func (h *Heap) shiftStarts(old []uint64, shift uint32) {
	clear(unsafe.Slice((*uint64)(h.states), bitmapWords(h.span)))
	for i, w := range old {
		for bit := range uint32(64) {
			if b := uint32(i)*64 + bit + shift; w>>bit&1 != 0 {
				*h.state(uint64(b)) |= 1 << (b & 63)
			}
		}
	}
}

// rebuild brings the blocks of all pools but pools[added] to indices that are
// greater by shift, fills the bins anew and formats the added pool.
func (h *Heap) rebuild(added int, shift uint32) {
	h.emptyBins()
	for i, p := range h.pools {
		if i == added {
			h.format(p)
			continue
		}
		for b := p.first; b != p.last; {
			x := at(h.base, b)
			size := x.tag & sizeMask
			if x.tag&freeFlag != 0 {
				h.addFree(b, size)
			}
			b += size
			at(h.base, b).prevPhys += shift
		}
	}
}

// freeSpan makes [b, end) a free block, together with the block at end if that
// is free. The block before b must be live, and b's prev right.
func (h *Heap) freeSpan(b, end uint32) {
	if e := h.freeAfter(end); e != end {
		h.removeFree(end)
		end = e
	}
	after := at(h.base, end)
	after.prevPhys = b
	after.tag |= prevFreeFlag
	h.addFree(b, end-b)
}

// freeAfter is where the free memory that begins at end ends, which is at end
// when the block there is live, or its header no longer makes sense.
func (h *Heap) freeAfter(end uint32) uint32 {
	if t := at(h.base, end).tag; t&freeFlag != 0 {
		if e := end + t&sizeMask; e < h.span && at(h.base, e).prevPhys == end {
			return e
		}
	}
	return end
}

// addFree makes b a free block of size words, in its bin.
func (h *Heap) addFree(b, size uint32) {
	at(h.base, b).tag = size | freeFlag
	i := h.bins.of(size)
	link(h.base, b, i)
	h.bins.mark(i)
	if debug.Sanitized {
		poison(h.base, b, size)
	}
}

// removeFree removes the free block b from its bin.
func (h *Heap) removeFree(b uint32) {
	if next, prev := unlink(h.base, b); next == prev {
		h.bins.clear(prev)
	}
	if debug.Sanitized {
		unpoison(h.base, b, at(h.base, b).tag&sizeMask)
	}
}

// mergeParked frees the parked block for good, so that no block is parked.
func (h *Heap) mergeParked() {
	if debug.Enabled {
		h.debugOwner()
		h.debugFlush()
	}
	b, end := h.parked, h.parked+h.parkedSize
	h.room += int64(h.parkedSize)
	h.parked, h.parkedSize = 0, 0
	if b == end {
		return
	}
	if at(h.base, b).tag&prevFreeFlag != 0 {
		b = at(h.base, b).prevPhys
		h.removeFree(b)
	}
	h.freeSpan(b, end)
}
