//go:build cgo && linux

package peer

// #include "busloop.h"
import "C"

import (
	"fmt"
	"slices"
	"syscall"
	"unsafe"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

// Run runs the loop to its end.
func (b BusLoop) Run() (BusReport, error) {
	var r C.mk_bus_report
	errno := C.mk_bus_run(C.mk_bus_config{
		kind: C.int(b.Kind), fd: C.int(b.FD), cpu: C.int(b.CPU), priority: C.int(b.Priority), echo_cpu: C.int(b.EchoCPU),
		start_ns: C.int64_t(b.Start), period_ns: C.int64_t(b.Period), samples: C.int64_t(b.Samples),
		warm: C.int64_t(b.Warm),
	}, &r)
	defer C.mk_bus_free(&r)
	if errno != 0 {
		return BusReport{}, fmt.Errorf("%w: SCHED_FIFO thread in C: %w", bench.ErrUnavailable, syscall.Errno(errno))
	}
	return BusReport{
		Response: slices.Clone(unsafe.Slice((*int64)(r.response), r.samples)),
		Due:      slices.Clone(unsafe.Slice((*int64)(r.due), r.samples)),
		Answered: int64(r.answered), Late: int64(r.late), Sent: int64(r.sent),
	}, nil
}

// BusEcho is a device in C that sends back what arrives at a descriptor.
type BusEcho struct{ device *C.mk_bus_device }

// StartBusEcho starts one on a SCHED_FIFO thread. The descriptor stays the caller's.
func StartBusEcho(kind BusKind, fd, cpu, priority int) (*BusEcho, error) {
	e := new(BusEcho)
	if errno := C.mk_bus_echo(C.int(kind), C.int(fd), C.int(cpu), C.int(priority), &e.device); errno != 0 {
		return nil, fmt.Errorf("%w: SCHED_FIFO thread in C: %w", bench.ErrUnavailable, syscall.Errno(errno))
	}
	return e, nil
}

// Stop ends it. Call it once.
func (e *BusEcho) Stop() { C.mk_bus_stop(e.device) }

// PIDBatches returns what each of n batches of updates of a PID in C took, in ns.
func PIDBatches(n, updates int) ([]int64, error) {
	samples := make([]int64, n)
	C.mk_pid_batches((*C.int64_t)(unsafe.SliceData(samples)), C.int64_t(n), C.int64_t(updates))
	return samples, nil
}
