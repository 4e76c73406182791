//go:build cgo && linux

package peer

// #include "reference.h"
import "C"

import (
	"fmt"
	"slices"
	"syscall"
	"unsafe"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/rt"
)

// Reference is a periodic SCHED_FIFO thread in plain C that never enters Go: what
// this machine does to a real-time thread, whatever its language.
type Reference struct{ reference *C.mk_reference }

// StartReference starts one. Without the right to SCHED_FIFO the error wraps
// [bench.ErrUnavailable].
func StartReference(cfg ReferenceConfig) (*Reference, error) {
	t := new(Reference)
	errno := C.mk_reference_start(C.mk_reference_config{
		cpu:         C.int(cfg.CPU),
		priority:    C.int(cfg.Priority),
		start_ns:    C.int64_t(cfg.Start),
		period_ns:   C.int64_t(cfg.Period),
		stall_ns:    C.int64_t(cfg.Stall),
		samples_max: C.int64_t(cfg.Samples),
		stalls_max:  C.int64_t(cfg.Stalls),
	}, &t.reference)
	switch err := syscall.Errno(errno); err {
	case 0:
		return t, nil
	case syscall.EPERM:
		return nil, fmt.Errorf("%w: %w", bench.ErrUnavailable, &rt.PrivilegeError{
			Op:     "SCHED_FIFO thread in C",
			Need:   fmt.Sprintf("CAP_SYS_NICE or RLIMIT_RTPRIO ≥ %d", cfg.Priority),
			Have:   "neither",
			Remedy: fmt.Sprintf("run as root, or `ulimit -r %d`", cfg.Priority),
			Err:    err,
		})
	default:
		return nil, fmt.Errorf("%w: SCHED_FIFO thread in C on CPU %d: %w", bench.ErrUnavailable, cfg.CPU, err)
	}
}

// Stop ends the thread and reports. Call it once.
func (t *Reference) Stop() ReferenceReport {
	C.mk_reference_stop(t.reference)
	defer C.mk_reference_free(t.reference)
	var samples *C.int64_t
	var stalls *C.mk_window
	ns := C.mk_reference_samples(t.reference, &samples)
	nw := C.mk_reference_stalls(t.reference, &stalls)
	return ReferenceReport{
		Latency: slices.Clone(unsafe.Slice((*int64)(samples), ns)),
		Stalls:  slices.Clone(unsafe.Slice((*Window)(unsafe.Pointer(stalls)), nw)),
		Wakes:   int64(C.mk_reference_wakes(t.reference)),
		Skipped: int64(C.mk_reference_skipped(t.reference)),
	}
}
