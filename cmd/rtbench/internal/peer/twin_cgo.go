//go:build cgo && linux

package peer

// #include "twin.h"
import "C"

import (
	"fmt"
	"slices"
	"syscall"
	"unsafe"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/rt"
)

// Twin is a periodic SCHED_FIFO thread in plain C that never enters Go: what
// this machine does to a real-time thread, whatever its language.
type Twin struct{ twin *C.mk_twin }

// StartTwin starts one. Without the right to SCHED_FIFO the error wraps
// [bench.ErrUnavailable].
func StartTwin(cfg TwinConfig) (*Twin, error) {
	t := new(Twin)
	errno := C.mk_twin_start(C.mk_twin_config{
		cpu:         C.int(cfg.CPU),
		priority:    C.int(cfg.Priority),
		start_ns:    C.int64_t(cfg.Start),
		period_ns:   C.int64_t(cfg.Period),
		stall_ns:    C.int64_t(cfg.Stall),
		samples_max: C.int64_t(cfg.Samples),
		stalls_max:  C.int64_t(cfg.Stalls),
	}, &t.twin)
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
func (t *Twin) Stop() TwinReport {
	C.mk_twin_stop(t.twin)
	defer C.mk_twin_free(t.twin)
	var samples *C.int64_t
	var stalls *C.mk_window
	ns := C.mk_twin_samples(t.twin, &samples)
	nw := C.mk_twin_stalls(t.twin, &stalls)
	return TwinReport{
		Latency: slices.Clone(unsafe.Slice((*int64)(samples), ns)),
		Stalls:  slices.Clone(unsafe.Slice((*Window)(unsafe.Pointer(stalls)), nw)),
		Wakes:   int64(C.mk_twin_wakes(t.twin)),
		Skipped: int64(C.mk_twin_skipped(t.twin)),
	}
}
