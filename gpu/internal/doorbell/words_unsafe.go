package doorbell

import "unsafe"

// Words are n words at a byte offset of a buffer. The caller has checked the size.
func Words(b []byte, offset, n int) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(&b[offset])), n)
}
