package isolate

import "unsafe"

// cellBytes is what the cells take of the shared memory.
const cellBytes = uint64(unsafe.Sizeof(sharedCells{}))

// cellsAt is the cells at an offset that the table has been checked for.
func cellsAt(memory []byte, offset uint64) *sharedCells {
	part := memory[offset : offset+cellBytes]
	return (*sharedCells)(unsafe.Pointer(unsafe.SliceData(part)))
}

// heapMemory is zeroed Go memory, aligned like the start of a mapping as far as
// regions care.
func heapMemory(size int) []byte {
	b := make([]byte, size+regionAlign)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (regionAlign - 1)
	return b[skip : skip+size : skip+size]
}
