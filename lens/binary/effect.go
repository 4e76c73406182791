package binary

import "fmt"

// Effect is something in a function, or in what it calls, that a contract may forbid.
type Effect struct {
	Code string
	// What happens, as a predicate: "allocates".
	What string
	// Callee is the function that does it; "" where it is not known.
	Callee string
	// Pos is the place of the call in the innermost first-party function.
	Pos string
	// Chain leads from the function to the call of Callee.
	Chain []Step
	// Panics: nothing but a panic comes behind it.
	Panics bool
}

func (e Effect) String() string {
	if e.Callee == "" {
		return fmt.Sprintf("%s: %s %s", e.Pos, e.Code, e.What)
	}
	return fmt.Sprintf("%s: %s %s %s", e.Pos, e.Code, e.Callee, e.What)
}

// Options say how functions are judged. The zero value takes every package outside of
// the standard library for first-party, trusts nothing, and leaves out paths that
// only panic.
type Options struct {
	// FirstParty reports whether a package's functions are the user's. Nil: all outside
	// of the standard library are.
	FirstParty func(pkg string) bool
	// Holds reports whether a function is known not to have effects of a code, because
	// it has a contract of its own that is checked, or is trusted. Nil: none is. The
	// function's name is without type arguments.
	Holds func(function, code string) bool
	// Resolve returns the functions that an indirect call can reach, as the linker
	// names them; none when that is not known. Nil: none is.
	Resolve func(caller string, call Call) []string
	// Panics includes what happens on paths that only panic.
	Panics bool
	// File returns the path of a source file, whose name the executable may have
	// shortened. Nil: as it is.
	File func(name string) string
}
