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
	// Iterates: of code Map, a map is iterated, which takes long, and does not grow.
	Iterates bool
	// Brief: of code Lock, one that is held for some instructions only.
	Brief bool
	// Panics: nothing but a panic comes behind it.
	Panics bool
}

func (e Effect) String() string {
	if e.Callee == "" {
		return fmt.Sprintf("%s: %s %s", e.Pos, e.Code, e.What)
	}
	return fmt.Sprintf("%s: %s %s %s", e.Pos, e.Code, e.Callee, e.What)
}
