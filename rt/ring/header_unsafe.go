package ring

import (
	"fmt"
	"math"
	"reflect"
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/rt/arena"
)

// cacheLine separates what different sides write: two lines of 64 bytes,
// because the prefetcher of many processors moves pairs of lines.
const cacheLine = 128

const (
	// magic opens every region. Its bytes read "MKRING\r\n" in a dump; a region
	// of the other byte order does not match.
	magic = 0x0a0d474e49524b4d
	// version counts incompatible changes of any layout in this package.
	version = 3
)

// kind tells the rings apart in a region.
type kind uint32

const (
	kindSPSC kind = 1 + iota
	kindStream
	kindMPMC
	kindLatest
	kindBroadcast
)

func (k kind) String() string {
	return [...]string{"nothing", "SPSC", "Stream", "MPMC", "Latest", "Broadcast"}[min(k, kindBroadcast+1)%(kindBroadcast+1)]
}

// header opens a region.
type header struct {
	shape
	_ [cacheLine/2 - unsafe.Sizeof(shape{})]byte
	wakeup
	_     [cacheLine/2 - unsafe.Sizeof(wakeup{})]byte
	sides [2]side
}

// shape says what a region holds. All fields but magic are constant once magic is
// there.
type shape struct {
	magic    uint64 // stored last by create, so that attach sees all or nothing
	version  uint32
	kind     kind
	layout   uint64 // layoutOf[T]
	element  uint64 // sizeof(T) in bytes
	capacity uint64 // elements; lines of an SPSC
	size     uint64 // bytes from the region's start in use
}

// regionHeader checks that region can be a ring's and returns its header.
func regionHeader(region []byte) (*header, error) {
	if len(region) < int(unsafe.Sizeof(header{})) {
		return nil, fmt.Errorf("ring: region of %d bytes: too small for any ring; see the Size functions", len(region))
	}
	base := unsafe.Pointer(unsafe.SliceData(region))
	if uintptr(base)%64 != 0 {
		return nil, fmt.Errorf("ring: region at %#x: must be aligned to 64 bytes; start it where an arena starts or at a multiple of 64 behind", uintptr(base))
	}
	return (*header)(base), nil
}

// create makes region a ring with size bytes in use behind a fresh header.
// prepare fills what follows the header before the ring becomes visible.
func create[T any](k kind, region []byte, capacity, size uint64, prepare func(h *header, capacity uint64)) (*header, error) {
	if err := arena.PointerFree[T](); err != nil {
		return nil, fmt.Errorf("ring: %v: %w", k, err)
	}
	h, err := regionHeader(region)
	if err != nil {
		return nil, err
	}
	if uint64(len(region)) < size {
		return nil, fmt.Errorf("ring: %v region of %d bytes: %d elements of %v need %d; give %vSize bytes",
			k, len(region), capacity, reflect.TypeFor[T](), size, k)
	}
	atomics.Store(&h.magic, 0)
	clear(region[unsafe.Offsetof(h.magic)+8 : size])
	h.version = version
	h.kind = k
	h.layout = layoutOf(reflect.TypeFor[T]())
	h.element = sizeOf[T]()
	h.capacity = capacity
	h.size = size
	if prepare != nil {
		prepare(h, capacity)
	}
	atomics.Store(&h.magic, magic)
	return h, nil
}

// attach finds the ring that create made in region, perhaps in another process,
// and returns its capacity. sizeFor gives the bytes that a ring of some capacity
// uses, and 0 for a capacity that no such ring has.
//
// Another process may change the header at any time, so each field is read once,
// and the copy is checked and used; the header's own fields are not used again.
func attach[T any](k kind, region []byte, sizeFor func(capacity uint64) uint64) (h *header, capacity uint64, err error) {
	if err := arena.PointerFree[T](); err != nil {
		return nil, 0, fmt.Errorf("ring: %v: %w", k, err)
	}
	h, err = regionHeader(region)
	if err != nil {
		return nil, 0, err
	}
	t := reflect.TypeFor[T]()
	mismatch := func(what string, have, want any) (*header, uint64, error) {
		return nil, 0, &LayoutError{What: what, Have: have, Want: want, Type: t}
	}
	found, layout, size := h.read(), layoutOf(t), uint64(0)
	if n := found.capacity; n <= MaxCapacity && n&(n-1) == 0 {
		size = sizeFor(n)
	}
	switch {
	case found.magic != magic:
		return mismatch("magic", fmt.Sprintf("%#x", found.magic), fmt.Sprintf("%#x", uint64(magic)))
	case found.version != version:
		return mismatch("version", found.version, version)
	case found.kind != k:
		return mismatch("kind", found.kind, k)
	case found.element != sizeOf[T]():
		return mismatch("element size", found.element, sizeOf[T]())
	case found.layout != layout:
		return mismatch("element layout", fmt.Sprintf("%#x", found.layout), fmt.Sprintf("%#x", layout))
	case found.capacity == 0 || size == 0:
		return mismatch("capacity", found.capacity, "a power of two")
	case found.size != size:
		return mismatch("size", found.size, size)
	case size > uint64(len(region)):
		return mismatch("size", size, fmt.Sprintf("at most the region's %d", len(region)))
	}
	return h, found.capacity, nil
}

// read reads the fields in front of the sides, each once.
func (h *header) read() shape {
	return shape{
		magic:    atomics.Load(&h.magic),
		version:  atomics.Load32(&h.version),
		kind:     kind(atomics.Load32((*uint32)(&h.kind))),
		layout:   atomics.Load(&h.layout),
		element:  atomics.Load(&h.element),
		capacity: atomics.Load(&h.capacity),
		size:     atomics.Load(&h.size),
	}
}

// at returns the address offset bytes behind the header.
func (h *header) at(offset uintptr) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(h), offset)
}

// sizeOf is the size of T in bytes. It makes no variable of type T: a large one
// would be allocated on the heap, used or not.
func sizeOf[T any]() uint64 { return uint64(unsafe.Sizeof(*(*T)(nil))) }

// wholeLines rounds a size up, so that rings can lie one behind another.
func wholeLines(size uint64) uint64 { return (size + cacheLine - 1) &^ (cacheLine - 1) }

// MaxCapacity is the largest capacity that a ring can be asked for, in elements.
const MaxCapacity = 1 << 30

// checkCapacity refuses what no ring can hold and returns capacity rounded up to
// a power of two.
func checkCapacity[T any](k kind, capacity int) (uint64, error) {
	if capacity < 1 || capacity > MaxCapacity {
		return 0, fmt.Errorf("ring: %v capacity %d: must be from 1 to %d", k, capacity, MaxCapacity)
	}
	n := powerOfTwo(capacity)
	if sizeOf[T]()+cacheLine > math.MaxInt/4/n {
		return 0, fmt.Errorf("ring: %v capacity %d of %d-byte elements: exceeds this platform's address range", k, capacity, sizeOf[T]())
	}
	return n, nil
}
