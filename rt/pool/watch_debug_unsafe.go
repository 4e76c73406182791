//go:build rtdebug

package pool

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// watch is what a debug build knows of a pool of equal slots: who owns it, and
// where each slot was last taken or given back. Free slots hold the pattern
// freed, and are handed out in the order in which they were given back: so each
// stays free, and watched, for as long as possible.
type watch struct {
	owner debug.Owner
	kind  string
	freed byte
	tail  uint32 // last slot of the free list, when there is one
	sites []debug.Site
	// quarantine is used by Shared, whose free list is a stack.
	quarantine quarantine
}

// start watches n free slots of a pool of that kind. Those that may hold Go pointers are
// zero and stay so: the collector would take a pattern for addresses.
func (w *watch) start(kind string, base unsafe.Pointer, size uintptr, n int, pointers bool) {
	w.kind, w.tail, w.sites = kind, uint32(n-1), make([]debug.Site, n)
	if !pointers {
		w.freed = debug.Freed
		debug.Fill(base, size*uintptr(n), w.freed)
	}
	debug.Poison(base, size*uintptr(n))
}

// kindOf is the name of a pool type in reports.
func kindOf[P any]() string { return reflect.TypeFor[P]().String() }

func (w *watch) check() { w.owner.Check(w.kind) }

func (w *watch) release() { w.owner.Release() }

// take watches slot i being handed out.
func (w *watch) take(i uint32, p unsafe.Pointer, size uintptr, cleared bool) {
	debug.Unpoison(p, size)
	if err := w.verify(i, p, size); err != nil {
		panic(err)
	}
	w.sites[i].Here(2)
	switch {
	case w.freed == 0:
	case cleared:
		debug.Fill(p, size, 0)
	default:
		debug.Fill(p, size, debug.Fresh)
	}
}

// give watches slot i being given back.
func (w *watch) give(i uint32, p unsafe.Pointer, size uintptr) {
	w.sites[i].Here(2)
	if w.freed != 0 {
		debug.Fill(p, size, w.freed)
	}
	debug.Poison(p, size)
}

// verify looks whether a free slot is as it was left.
func (w *watch) verify(i uint32, p unsafe.Pointer, size uintptr) error {
	offset, altered := debug.Altered(p, size, w.freed)
	if !altered {
		return nil
	}
	return fmt.Errorf("%s: slot %d was written to while it was free: byte %d is %#x; it was last given back at %v",
		w.kind, i, offset, *(*byte)(unsafe.Add(p, offset)), &w.sites[i])
}

// enqueue puts slot i at the end of the free list.
func (w *watch) enqueue(link []uint32, head *uint32, i uint32) {
	link[i] = none
	if *head == none {
		*head = i
	} else {
		link[w.tail] = i
	}
	w.tail = i
}

// stop ends the watch and reports slots that are in use and free slots that were
// written to.
func (w *watch) stop(base unsafe.Pointer, size uintptr, n int, inUse func(i int) bool) error {
	debug.Unpoison(base, size*uintptr(n))
	leak := &LeakError{Pool: w.kind}
	var errs []error
	for i := range n {
		if inUse(i) {
			leak.Slots = append(leak.Slots, i)
			leak.Sites = append(leak.Sites, w.sites[i].String())
			continue
		}
		errs = append(errs, w.verify(uint32(i), unsafe.Add(base, uintptr(i)*size), size))
	}
	if len(leak.Slots) > 0 {
		errs = append(errs, leak)
	}
	return errors.Join(errs...)
}
