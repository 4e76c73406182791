package peer

// Malloc is an allocator in C.
type Malloc int

const (
	// Libc is the C library's.
	Libc Malloc = iota
	// Mimalloc and Jemalloc are loaded when they are installed. They have no bound in
	// memory or time.
	Mimalloc
	Jemalloc
	// GoodFitInC and HalfFitInC are rt/tlsf's policies written plainly in C, without
	// its checks.
	GoodFitInC
	HalfFitInC
)

// libraries are where allocators are loaded from.
var libraries = map[Malloc]struct{ file, alloc, release, pkg string }{
	Mimalloc: {"libmimalloc.so.2", "mi_malloc", "mi_free", "libmimalloc2.0"},
	Jemalloc: {"libjemalloc.so.2", "malloc", "free", "libjemalloc2"},
}
