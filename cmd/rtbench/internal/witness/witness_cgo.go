//go:build portaudio && cgo && linux

package witness

/*
#cgo pkg-config: jack
#cgo CFLAGS: -O2 -Wall
#cgo LDFLAGS: -lm
#include "witness.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"slices"
	"syscall"
	"time"
	"unsafe"
)

// Witness is the two clients. Its methods are called by one goroutine at a time.
type Witness struct{ c *C.witness }

// Open starts the clients on a server. They can keep that long a time of cycles,
// at a rate in frames a second and a period in frames.
func Open(server string, long time.Duration, rate, frames int) (*Witness, error) {
	name := C.CString(server)
	defer C.free(unsafe.Pointer(name))
	total := C.uint64_t(long.Seconds() * float64(rate))
	v := voiceAt(rate)
	var status C.jack_status_t
	w := C.witness_open(name, &v, total/C.uint64_t(frames), total, &status)
	if w == nil {
		return nil, fmt.Errorf("witness: no clients on the JACK server %s (status %#x)", server, int(status))
	}
	return &Witness{w}, nil
}

// Attach lets capture listen to the only other client of the server that plays, and
// answers false while there is none.
func (w *Witness) Attach() (bool, error) {
	err := syscall.Errno(C.witness_attach(w.c))
	switch err {
	case 0:
		return true, nil
	case syscall.ENOENT:
		return false, nil
	}
	return false, fmt.Errorf("witness: connecting to the ports of the player: %w", err)
}

// Record switches the logs on and off.
func (w *Witness) Record(on bool) {
	flag := C.int(0)
	if on {
		flag = 1
	}
	C.witness_record(w.c, flag)
}

// Gone reports whether the server has ended.
func (w *Witness) Gone() bool { return C.witness_gone(w.c) != 0 }

// Xruns is how many the server has reported.
func (w *Witness) Xruns() int { return int(C.witness_xruns(w.c)) }

// Overflow is how many cycles did not fit into the logs.
func (w *Witness) Overflow() int { return int(C.witness_overflow(w.c)) }

// Control is what the C callback saw.
func (w *Witness) Control() []Cycle { return cycles(&w.c.control_log) }

// Captured is the cycles that capture heard and their samples, interleaved, one
// cycle after another.
func (w *Witness) Captured() ([]Cycle, []float32) {
	all := cycles(&w.c.capture_log)
	n := 0
	for _, c := range all {
		n += int(c.N)
	}
	return all, slices.Clone(unsafe.Slice((*float32)(unsafe.Pointer(w.c.samples)), n*C.WITNESS_CHANNELS))
}

func cycles(l *C.witness_log) []Cycle {
	all := make([]Cycle, int(C.witness_count(l)))
	for i, c := range unsafe.Slice(l.cycles, len(all)) {
		all[i] = Cycle{
			Begin: int64(c.begin), Entry: int64(c.entry), End: int64(c.end),
			Work: int64(c.work), Frame: uint32(c.frame), N: uint32(c.n),
		}
	}
	return all
}

// Close ends both clients.
func (w *Witness) Close() { C.witness_close(w.c) }
