//go:build cgo && linux

package peer

// #cgo CFLAGS: -O2 -std=gnu11
// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "bump.h"
// #include "cmalloc.h"
import "C"

import (
	"fmt"
	"runtime/debug"
	"syscall"
	"unsafe"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
)

// MallocTrace replays t with an allocator in C, the whole plan inside one call, so
// that the price of calling C is not counted. The fact "trace_digest" is C's own hash
// of the trace.
func MallocTrace(m Malloc, t *alloctrace.Trace, plan sampler.Plan) (sampler.Samples, error) {
	a, err := m.allocator()
	if err != nil {
		return sampler.Samples{}, err
	}
	var counts C.mk_counts
	var digest C.uint32_t
	s, err := inC(plan, &counts, func(latency, batch *C.int64_t) C.int {
		ops := (*C.mk_op)(unsafe.Pointer(unsafe.SliceData(t.Ops)))
		return C.mk_malloc_trace(a, ops, C.int64_t(len(t.Ops)), C.int64_t(t.Slots), cPlan(plan), latency, batch, &counts, &digest)
	})
	if err == nil {
		s.Facts["trace_digest"] = float64(digest)
	}
	return s, err
}

// allocator finds m's functions.
func (m Malloc) allocator() (C.mk_allocator, error) {
	var a C.mk_allocator
	switch m {
	case Libc:
		return C.mk_libc(), nil
	case GoodFitInC, HalfFitInC:
		half := C.int(0)
		if m == HalfFitInC {
			half = 1
		}
		if a = C.mk_heapref(half); a.alloc == nil {
			return a, fmt.Errorf("%w: no 64 MiB for the reference heap", bench.ErrUnavailable)
		}
		return a, nil
	}
	l := libraries[m]
	library, alloc, release := C.CString(l.file), C.CString(l.alloc), C.CString(l.release)
	defer C.free(unsafe.Pointer(library))
	defer C.free(unsafe.Pointer(alloc))
	defer C.free(unsafe.Pointer(release))
	if a = C.mk_load(library, alloc, release); a.alloc == nil {
		return a, fmt.Errorf("%w: %s; on Debian: apt-get install %s", bench.ErrUnavailable, C.GoString(&a.why[0]), l.pkg)
	}
	return a, nil
}

// MallocPair allocates and frees one block of size bytes, again and again, with an
// allocator in C.
func MallocPair(m Malloc, size int, plan sampler.Plan) (sampler.Samples, error) {
	a, err := m.allocator()
	if err != nil {
		return sampler.Samples{}, err
	}
	var counts C.mk_counts
	return inC(plan, &counts, func(latency, batch *C.int64_t) C.int {
		return C.mk_malloc_pair(a, C.int64_t(size), cPlan(plan), latency, batch, &counts)
	})
}

// Bump allocates size bytes an operation, of at most 64 KiB, by moving a pointer in C.
func Bump(size int, plan sampler.Plan) (sampler.Samples, error) {
	var counts C.mk_counts
	return inC(plan, &counts, func(latency, batch *C.int64_t) C.int {
		return C.mk_bump(C.int64_t(size), cPlan(plan), latency, batch, &counts)
	})
}

// inC hands sample arrays to a loop in C and takes what it counted.
func inC(plan sampler.Plan, counts *C.mk_counts, loop func(latency, batch *C.int64_t) C.int) (sampler.Samples, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer sampler.Pin(0)()
	latency, batch := plan.Buffers()
	l := (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(latency)))
	b := (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(batch)))
	if errno := loop(l, b); errno != 0 {
		return sampler.Samples{}, fmt.Errorf("memory for the loop in C: %w", syscall.Errno(errno))
	}
	s := sampler.Samples{Latency: latency[:counts.latencies], Batch: batch[:counts.batches]}
	s.Counters = map[string]float64{
		"ops":    float64(len(s.Latency)) + float64(len(s.Batch))*float64(plan.Ops),
		"faults": float64(counts.faults),
	}
	s.Facts = map[string]float64{"timer_ns": float64(counts.timer_ns)}
	return s, nil
}

func cPlan(p sampler.Plan) C.mk_plan {
	return C.mk_plan{
		rounds:    C.int64_t(p.Rounds),
		round_ns:  C.int64_t(p.Round),
		latencies: C.int64_t(p.Latencies),
		batches:   C.int64_t(p.Batches),
		ops:       C.int64_t(p.Ops),
	}
}
