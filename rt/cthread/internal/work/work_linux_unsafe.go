//go:build cgo

package work

// #include <stdlib.h>
// #include "work_linux.h"
import "C"

import (
	"sync/atomic"
	"unsafe"
)

// Work is memory of C that its functions work on.
type Work struct{ shared *C.struct_memkit_work }

// New is work that takes so many nanoseconds a call.
func New(spend int64) Work {
	w := Work{(*C.struct_memkit_work)(C.calloc(1, C.sizeof_struct_memkit_work))}
	w.shared.spend_ns = C.int64_t(spend)
	return w
}

// Argument is what the functions take.
func (w Work) Argument() unsafe.Pointer { return unsafe.Pointer(w.shared) }

// Done is how many calls have returned, and Thread who made the last one.
func (w Work) Done() int64   { return int64(w.shared.done) }
func (w Work) Thread() int64 { return int64(w.shared.thread) }

// Go lets Add and Wait return.
func (w Work) Go() { atomic.StoreUint32((*uint32)(&w.shared.released), 1) }

// Free gives the memory back.
func (w Work) Free() { C.free(unsafe.Pointer(w.shared)) }

// Add is the C function that works, Wait the one that waits for Go.
func Add() unsafe.Pointer  { return C.memkit_add }
func Wait() unsafe.Pointer { return C.memkit_wait }

// AddHere calls Add the ordinary way.
func (w Work) AddHere() { C.memkit_add(unsafe.Pointer(w.shared)) }
