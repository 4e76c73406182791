//go:build cgo && linux

package peer

// #include "spsc.h"
import "C"

import (
	"context"
	"errors"
	"sync/atomic"
	"unsafe"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
)

var errNoMemory = errors.New("no memory for a queue in C")

// QueueRoundTrip sends a number to another core and back over two queues in C that
// cache the other side's index.
func QueueRoundTrip(ctx context.Context, capacity int, plan sampler.Plan) (sampler.Samples, error) {
	if err := ctx.Err(); err != nil { // a loop inside C cannot be interrupted
		return sampler.Samples{}, err
	}
	there, back := C.mk_spsc_new(C.int64_t(capacity)), C.mk_spsc_new(C.int64_t(capacity))
	defer C.mk_spsc_free(there)
	defer C.mk_spsc_free(back)
	if there == nil || back == nil {
		return sampler.Samples{}, errNoMemory
	}
	end, err := sampler.RunPartner(func(stop *atomic.Bool) { C.mk_spsc_echo(there, back, inCStop(stop)) })
	if err != nil {
		return sampler.Samples{}, err
	}
	defer end()
	var counts C.mk_counts
	return inC(plan, &counts, func(latency, batch *C.int64_t) C.int {
		return C.mk_spsc_trips(there, back, cPlan(plan), latency, batch, &counts)
	})
}

// QueueThroughput takes numbers that another core puts, through one such queue.
func QueueThroughput(ctx context.Context, capacity int, plan sampler.Plan) (sampler.Samples, error) {
	if err := ctx.Err(); err != nil { // a loop inside C cannot be interrupted
		return sampler.Samples{}, err
	}
	q := C.mk_spsc_new(C.int64_t(capacity))
	defer C.mk_spsc_free(q)
	if q == nil {
		return sampler.Samples{}, errNoMemory
	}
	end, err := sampler.RunPartner(func(stop *atomic.Bool) { C.mk_spsc_fill(q, inCStop(stop)) })
	if err != nil {
		return sampler.Samples{}, err
	}
	defer end()
	var counts C.mk_counts
	return inC(plan, &counts, func(latency, batch *C.int64_t) C.int {
		return C.mk_spsc_drain(q, cPlan(plan), latency, batch, &counts)
	})
}

// inCStop is a partner's sign to stop, as C reads it: a word of 32 bits.
func inCStop(stop *atomic.Bool) *C.uint32_t { return (*C.uint32_t)(unsafe.Pointer(stop)) }
