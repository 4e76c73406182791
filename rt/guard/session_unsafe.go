package guard

import "unsafe"

// cellsAt is the cells at the start of a session's memory.
func cellsAt(memory []byte) *cells {
	part := memory[:cellBytes]
	return (*cells)(unsafe.Pointer(unsafe.SliceData(part)))
}

var _ [cellBytes]byte = [unsafe.Sizeof(cells{})]byte{}
