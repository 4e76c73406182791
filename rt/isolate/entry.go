package isolate

import (
	"fmt"
	"sync"
)

// EntryPoint is what an isolate runs: a function that the parent and the child,
// two processes of one program, both know by name. Make one with [Entry].
type EntryPoint struct {
	name string
	run  func(*Child) error
}

// Name is the name given to [Entry].
func (e *EntryPoint) Name() string { return e.name }

// entries are the program's entry points by name.
var entries struct {
	sync.Mutex
	byName map[string]*EntryPoint
}

// Entry registers f under name, at package level:
//
//	var control = isolate.Entry("control", runControl)
//
// f runs in another process: it shares no variable with the one that calls
// [Start], only what package-level initialisation does in both, and so it must
// capture nothing that is made later. What it needs comes as arguments and
// through channels. Entry panics where f is nil, or name is empty or used twice:
// the program could not be told what to run.
func Entry(name string, f func(*Child) error) *EntryPoint {
	entries.Lock()
	defer entries.Unlock()
	switch {
	case name == "":
		panic("isolate: Entry: the name is empty; give one that no other entry has")
	case f == nil:
		panic(fmt.Sprintf("isolate: Entry %q: the function is nil", name))
	case entries.byName[name] != nil:
		panic(fmt.Sprintf("isolate: Entry %q: the name is used twice", name))
	}
	if entries.byName == nil {
		entries.byName = map[string]*EntryPoint{}
	}
	e := &EntryPoint{name: name, run: f}
	entries.byName[name] = e
	return e
}

// entryNamed finds an entry; nil when there is none.
func entryNamed(name string) *EntryPoint {
	entries.Lock()
	defer entries.Unlock()
	return entries.byName[name]
}
