//go:build portaudio && cgo && linux

package jackprobe

/*
#cgo pkg-config: jack
#cgo CFLAGS: -O2 -Wall
#cgo LDFLAGS: -lm
#include "probe.h"
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

// Probe is the three clients. Its methods are called by one goroutine at a time.
type Probe struct{ c *C.probe }

// Open starts the clients on a server. They can keep that long a time of cycles,
// at a rate in frames a second and a period in frames.
func Open(server string, long time.Duration, rate, frames int) (*Probe, error) {
	type opened struct {
		c      *C.probe
		status C.jack_status_t
	}
	done := make(chan opened, 1) // a server that does not answer keeps the call, and its goroutine
	go func() {
		name := C.CString(server)
		defer C.free(unsafe.Pointer(name))
		total := C.uint64_t(long.Seconds() * float64(rate))
		v := voiceAt(rate)
		var o opened
		o.c = C.probe_open(name, &v, total/C.uint64_t(frames), total, &o.status)
		done <- o
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case o := <-done:
		if o.c == nil {
			return nil, fmt.Errorf("jackprobe: no clients on the JACK server %s (status %#x)", server, int(o.status))
		}
		return &Probe{o.c}, nil
	case <-limit.C:
		return nil, fmt.Errorf("jackprobe: the JACK server %s has not answered for %v; rtbench doctor says whether its files are locked", server, patience)
	}
}

// patience is how long a server may take to accept the clients, which takes some 10 ms.
const patience = 10 * time.Second

// Attach lets capture listen to the only other client of the server that plays, and
// answers false while there is none.
func (p *Probe) Attach() (bool, error) {
	err := syscall.Errno(C.probe_attach(p.c))
	switch err {
	case 0:
		return true, nil
	case syscall.ENOENT:
		return false, nil
	}
	return false, fmt.Errorf("jackprobe: connecting to the ports of the player: %w", err)
}

// Record switches the logs on and off.
func (p *Probe) Record(on bool) {
	flag := C.int(0)
	if on {
		flag = 1
	}
	C.probe_record(p.c, flag)
}

// Gone reports whether the server has ended.
func (p *Probe) Gone() bool { return C.probe_gone(p.c) != 0 }

// Xruns is how many the server has reported.
func (p *Probe) Xruns() int { return int(C.probe_xruns(p.c)) }

// Overflow is how many cycles did not fit into the logs.
func (p *Probe) Overflow() int { return int(C.probe_overflow(p.c)) }

// Control is what the C callback saw.
func (p *Probe) Control() []Cycle { return cycles(&p.c.control_log) }

// Captured is the cycles in which capture heard the player and their samples, of two
// channels interleaved, one cycle after another.
func (p *Probe) Captured() (all []Cycle, heard []float32) { return recorded(&p.c.capture) }

// Reference is the cycles in which C's left channel was heard, and their samples.
func (p *Probe) Reference() (all []Cycle, heard []float32) { return recorded(&p.c.reference) }

func recorded(r *C.probe_recorder) (all []Cycle, heard []float32) {
	all = cycles(&r.log)
	n := 0
	for _, c := range all {
		n += int(c.N)
	}
	return all, slices.Clone(unsafe.Slice((*float32)(unsafe.Pointer(r.samples)), n*int(r.channels)))
}

func cycles(l *C.probe_log) []Cycle {
	all := make([]Cycle, int(C.probe_count(l)))
	for i, c := range unsafe.Slice(l.cycles, len(all)) {
		all[i] = Cycle{
			Begin: int64(c.begin), Entry: int64(c.entry), End: int64(c.end),
			Work: int64(c.work), Frame: uint32(c.frame), N: uint32(c.n),
		}
	}
	return all
}

// Close ends the clients.
func (p *Probe) Close() { C.probe_close(p.c) }
