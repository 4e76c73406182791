package machinecode

// Symbol is a Go function of the binary.
type Symbol struct {
	// Name that the linker knows it by, "path/to/pkg.(*Type).Method". An instance of
	// a generic function has its type arguments, "pkg.F[go.shape.int]", where the
	// file has a symbol table, otherwise "pkg.F[...]".
	Name string
	// Entry and End are addresses of its first instruction and behind the last one,
	// with padding.
	Entry, End uint64
	// Assembly: it was written in assembly.
	Assembly bool

	record record
}

// Frame is a function call, perhaps inlined, and where it is.
type Frame struct {
	Func string
	File string
	Line int
}
