//go:build cgo && linux

package cdriver

/*
#cgo CFLAGS: -O2 -Wall
#include "age.h"
#include "exchange.h"
#include <stdlib.h>
*/
import "C"

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// exchange runs the C half of a hand-off on buffers in Go: for the test that holds
// it against handoff.Driver. Tests cannot call C themselves.
func exchange(r *handoff.Region, c *handoff.Cycle) (missed bool) {
	in, out := newDevice(len(c.In), c.N), newDevice(len(c.Out), c.N)
	defer in.free()
	defer out.free()
	for i, samples := range c.In {
		copy(in.channel(i), samples)
	}
	cycle := C.struct_memkit_cycle{
		in: in.channels, out: out.channels, n: C.uint32_t(c.N), flags: C.uint32_t(c.Flags), number: C.uint32_t(c.Number),
		begin: C.int64_t(c.Begin), entry: C.int64_t(c.Entry), in_time: C.int64_t(c.InTime), out_time: C.int64_t(c.OutTime), period: C.int64_t(c.Period),
	}
	missed = C.memkit_exchange((*C.struct_memkit_handoff)(r.Pointer()), &cycle) != 0
	for i, samples := range c.Out {
		copy(samples, out.channel(i))
	}
	return missed
}

// device is buffers in C as PortAudio hands them over.
type device struct {
	channels **C.float
	count, n int
}

func newDevice(count, n int) device {
	d := device{(**C.float)(C.calloc(C.size_t(max(count, 1)), C.size_t(unsafe.Sizeof(uintptr(0))))), count, n}
	for i := range unsafe.Slice(d.channels, count) {
		unsafe.Slice(d.channels, count)[i] = (*C.float)(C.calloc(C.size_t(max(n, 1)), C.sizeof_float))
	}
	return d
}

func (d device) channel(i int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.Slice(d.channels, d.count)[i])), d.n)
}

func (d device) free() {
	for _, c := range unsafe.Slice(d.channels, d.count) {
		C.free(unsafe.Pointer(c))
	}
	C.free(unsafe.Pointer(d.channels))
}

// ages are what a client makes of the ages that JACK gives its cycles, in ns: for its
// test.
func ages(given []int64, xruns map[int]int, period int64) []int64 {
	var a C.struct_memkit_age
	made := make([]int64, len(given))
	for i, age := range given {
		made[i] = int64(C.memkit_age(&a, C.int64_t(age), C.int64_t(period), C.int(xruns[i])))
	}
	return made
}
