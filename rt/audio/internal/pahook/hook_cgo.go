//go:build portaudio && cgo && linux

package pahook

/*
#cgo pkg-config: portaudio-2.0
#cgo CFLAGS: -O2 -Wall
#cgo LDFLAGS: -ldl
#include "hook.h"
#include <stdlib.h>
*/
import "C"

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	_ "github.com/memkit-go/memkit/rt/audio/internal/cdriver" // the exchange in C
)

// slotCount is how many streams a process may have open.
const slotCount = C.MEMKIT_SLOTS

// slots tells which callbacks are taken. One whose stream could not be closed
// stays taken.
var slots struct {
	sync.Mutex
	taken [C.MEMKIT_SLOTS]bool
}

// direct is what the Go side of a Direct stream needs, set while no callback runs.
var direct [C.MEMKIT_SLOTS]struct {
	cycle   backend.Cycle
	process func(*backend.Cycle)
}

// hook is one stream's callback in C.
type hook struct {
	slot int
	c    *C.struct_memkit_hook
	pins runtime.Pinner
}

// newHook takes a slot, or returns nil when all are taken.
func newHook() *hook {
	slots.Lock()
	defer slots.Unlock()
	for i := range slots.taken {
		if !slots.taken[i] {
			slots.taken[i] = true
			h := &hook{slot: i, c: &C.memkit_hooks[i]}
			*h.c = C.struct_memkit_hook{slot: C.int(i), cpu: -1, closing: 1}
			return h
		}
	}
	return nil
}

// free gives the slot back. No callback may run, now or later.
func (h *hook) free() {
	C.memkit_clock_close(h.c.clock)
	h.pins.Unpin()
	direct[h.slot].process = nil
	slots.Lock()
	slots.taken[h.slot] = false
	slots.Unlock()
}

// while runs open with the slot's callback in place of the Go package's.
func (h *hook) while(open func() error) error {
	C.memkit_install(C.int(h.slot))
	defer C.memkit_uninstall()
	return open()
}

// listen connects to the sound server's clock as a client of that name, and reports
// whether there is one.
func (h *hook) listen(name string) bool {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	h.c.clock = C.memkit_clock_open(C.int(h.slot), text)
	return h.c.clock != nil
}

// frames is the server's period, priority its clients' real-time priority.
func (h *hook) frames() int   { return int(C.memkit_clock_frames(h.c.clock)) }
func (h *hook) priority() int { return max(0, int(C.memkit_clock_priority(h.c.clock))) }

// serverGone is true once the server that the clock belongs to has ended.
func (h *hook) serverGone() bool {
	return C.memkit_gone(C.int(h.slot)) != 0
}

// bind connects the callback with the engine.
func (h *hook) bind(in, out, maxFrames int, s backend.Sink) {
	h.c.in, h.c.out = C.uint32_t(in), C.uint32_t(out)
	if s.Cycle == nil {
		h.c.mode = C.MEMKIT_HANDOFF_MODE
		// Pinned for race builds, whose arenas are in the Go heap.
		p := s.Region.Pointer()
		h.pins.Pin(p)
		h.c.region = (*C.struct_memkit_handoff)(p)
		return
	}
	h.c.mode = C.MEMKIT_DIRECT_MODE
	d := &direct[h.slot]
	d.process = s.Cycle
	d.cycle.In, d.cycle.Out = make([][]float32, in), make([][]float32, out)
}

// follow lets the callback's thread run on one CPU.
func (h *hook) follow(cpu int) { h.c.cpu = C.int(cpu) }

// moveBack undoes what follow brought about. The callback must be kept out.
func (h *hook) moveBack() { C.memkit_move_back(C.int(h.slot)) }

// admit lets the callback through to the engine.
func (h *hook) admit() { C.memkit_admit(C.int(h.slot)) }

// shut keeps the callback from the engine and reports whether it is outside.
func (h *hook) shut(wait time.Duration) bool {
	return C.memkit_shut(C.int(h.slot), C.int64_t(wait)) == 0
}

// named is what PortAudio's next client is called, under library's lock.
var named string

// nameClient names the client that PortAudio makes. PortAudio keeps the pointer.
func nameClient(name string) {
	if name != named {
		C.memkit_client_name(C.CString(name))
		named = name
	}
}

// nameLimit leaves JACK's 64 bytes room for a suffix.
const nameLimit = 32

// clientName is name, or the program's where that is empty.
func clientName(name string) string {
	if name == "" {
		name = strings.ReplaceAll(filepath.Base(os.Args[0]), ":", "-")
	}
	return name[:min(len(name), nameLimit)]
}

// hideJACK keeps PortAudio from finding a JACK server, until showJACK.
func hideJACK() { C.memkit_hide_jack() }
func showJACK() { C.memkit_show_jack() }

func hush() { C.memkit_hush() }

func unhush(hasJack bool) {
	has := C.int(0)
	if hasJack {
		has = 1
	}
	C.memkit_unhush(has)
}

// memkitDirect is the callback of a Direct stream.
//
//export memkitDirect
func memkitDirect(slot C.int, c *C.struct_memkit_cycle) {
	d := &direct[slot]
	n := int(c.n)
	point(d.cycle.In, unsafe.Pointer(c.in), n)
	point(d.cycle.Out, unsafe.Pointer(c.out), n)
	d.cycle.N, d.cycle.Flags = n, uint32(c.flags)
	d.cycle.Number = uint32(c.number)
	d.cycle.Begin, d.cycle.Entry = int64(c.begin), int64(c.entry)
	d.cycle.InTime, d.cycle.OutTime = int64(c.in_time), int64(c.out_time)
	d.process(&d.cycle)
}

// point lets each channel be the device's buffer of n samples.
func point(channels [][]float32, buffers unsafe.Pointer, n int) {
	for i, b := range unsafe.Slice((**float32)(buffers), len(channels)) {
		channels[i] = unsafe.Slice(b, n)
	}
}
