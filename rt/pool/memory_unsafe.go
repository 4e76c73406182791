package pool

import (
	"fmt"
	"math"
	"reflect"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt/arena"
)

// MaxSlots is the largest number of slots in one pool.
const MaxSlots = 1<<31 - 1

// A pool keeps the state of each slot in words of 32 bits, outside the slots.
const (
	wordBytes = 4
	maxWords  = 3
	wordAlign = 8 // of the first, so that words can be paired
)

// sizeOf is the size of T in bytes. It makes no variable of type T: a large one
// would be allocated on the heap, used or not.
func sizeOf[T any]() uintptr { return unsafe.Sizeof(*(*T)(nil)) }

// regionSize is the number of bytes that n slots of T take with words notes each.
func regionSize[T any](n, words int) int {
	return roundUp(n*int(sizeOf[T]()), wordAlign) + n*words*wordBytes
}

// inRegion places n slots of T at the region's start and their notes behind
// them. kind names the pool's type in errors.
func inRegion[T any](kind string, region []byte, n, words int) (base unsafe.Pointer, notes []uint32, err error) {
	if err := arena.PointerFree[T](); err != nil {
		return nil, nil, fmt.Errorf("pool: %s over a region: %w, or New%sSlab", kind, err, kind)
	}
	if err := checkShape[T](kind, n); err != nil {
		return nil, nil, err
	}
	if need := regionSize[T](n, words); len(region) < need {
		return nil, nil, fmt.Errorf("pool: %s region of %d bytes: %d slots of %d bytes need %d; give %sSize bytes",
			kind, len(region), n, sizeOf[T](), need, kind)
	}
	base = unsafe.Pointer(unsafe.SliceData(region))
	debug.Unpoison(base, uintptr(len(region)))
	if uintptr(base)%wordAlign != 0 {
		return nil, nil, fmt.Errorf("pool: %s region at %#x: must be aligned to %d bytes; start it where an arena starts",
			kind, uintptr(base), wordAlign)
	}
	first := unsafe.Add(base, roundUp(n*int(sizeOf[T]()), wordAlign))
	return base, unsafe.Slice((*uint32)(first), n*words), nil
}

// inSlab places n slots of T in a Go slice of their own.
func inSlab[T any](kind string, n, words int) (base unsafe.Pointer, notes []uint32, err error) {
	if err := checkShape[T](kind, n); err != nil {
		return nil, nil, err
	}
	pairs := make([]uint64, (n*words+1)/2)
	notes = unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(pairs))), n*words)
	return unsafe.Pointer(unsafe.SliceData(make([]T, n))), notes, nil
}

// checkShape refuses slot counts and sizes that no pool can have.
func checkShape[T any](kind string, n int) error {
	size := uint64(sizeOf[T]())
	if size == 0 {
		return fmt.Errorf("pool: %s of %v: its size is 0 and its slots would share one address; give it a field",
			kind, reflect.TypeFor[T]())
	}
	if n < 1 || n > MaxSlots {
		return fmt.Errorf("pool: %s slot count %d: must be from 1 to %d", kind, n, MaxSlots)
	}
	if size > math.MaxInt/2/uint64(n)-maxWords*wordBytes {
		return fmt.Errorf("pool: %s of %d slots of %d bytes: exceeds this platform's address range; use fewer or smaller slots",
			kind, n, size)
	}
	return nil
}

// hasPointers reports whether the collector must be able to read a T at any time.
func hasPointers[T any]() bool { return arena.PointerFree[T]() != nil }

func roundUp(n, to int) int { return (n + to - 1) / to * to }
