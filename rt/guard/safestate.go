package guard

import (
	"fmt"
	"sync"

	"github.com/memkit-go/memkit/rt/bus"
)

// SafeState is a function that the guard's process calls when it trips. Declare it at
// package level, so that it exists there too:
//
//	var park = guard.NewSafeState("park", func(t guard.Trip, out bus.Port) error { … })
type SafeState struct {
	name string
	call func(Trip, bus.Port) error
}

var safeStates struct {
	sync.Mutex
	byName map[string]*SafeState
}

// NewSafeState registers f under a name. When the guard trips it sends Config.SafeFrame,
// if there is one, and then calls f, once, on its own thread: f may send more frames and
// make other system calls, but must return soon, because the frame is not repeated and
// nothing is watched meanwhile. An error or a panic is counted, Status.SafeFailed.
//
// f runs in another process and shares no variable with the program that declares it. A
// nil f, an empty name and one that is used twice panic.
func NewSafeState(name string, f func(t Trip, out bus.Port) error) *SafeState {
	safeStates.Lock()
	defer safeStates.Unlock()
	switch {
	case name == "":
		panic("guard: NewSafeState: the name is empty; give one that no other safe state has")
	case f == nil:
		panic(fmt.Sprintf("guard: NewSafeState %q: the function is nil", name))
	case safeStates.byName[name] != nil:
		panic(fmt.Sprintf("guard: NewSafeState %q: the name is used twice", name))
	}
	if safeStates.byName == nil {
		safeStates.byName = map[string]*SafeState{}
	}
	s := &SafeState{name, f}
	safeStates.byName[name] = s
	return s
}

func safeStateNamed(name string) *SafeState {
	safeStates.Lock()
	defer safeStates.Unlock()
	return safeStates.byName[name]
}

// guarded calls the function, and turns a panic into an error.
func (s *SafeState) guarded(t Trip, out bus.Port) (err error) {
	defer func() {
		if p := recover(); p != nil {
			//rt:allow ML601 reason="the function has panicked"
			//rt:allow ML613 reason="the function has panicked"
			err = fmt.Errorf("guard: safe state %q: panic: %v", s.name, p)
		}
	}()
	//rt:allow ML610 reason="the user's function, for the time after a trip"
	return s.call(t, out)
}
