package debug

import "unsafe"

const (
	// Fresh fills memory that is handed out without being cleared: whoever reads
	// before writing finds no plausible value.
	Fresh byte = 0xAA
	// Freed fills memory without an owner. Memory that has another content when it
	// is handed out again was written to after it was freed.
	Freed byte = 0xDD
)

// Fill sets n bytes at p to b.
func Fill(p unsafe.Pointer, n uintptr, b byte) {
	s := unsafe.Slice((*byte)(p), n)
	for i := range s {
		s[i] = b
	}
}

// Altered returns the offset of the first of n bytes at p that is not b.
func Altered(p unsafe.Pointer, n uintptr, b byte) (offset int, altered bool) {
	for i, c := range unsafe.Slice((*byte)(p), n) {
		if c != b {
			return i, true
		}
	}
	return 0, false
}
