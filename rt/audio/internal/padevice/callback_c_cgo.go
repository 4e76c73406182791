//go:build portaudio && cgo && linux && !portaudio_go

package padevice

/*
#cgo pkg-config: portaudio-2.0
#cgo CFLAGS: -O2 -Wall
#cgo LDFLAGS: -ldl
#include "callback.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/gordonklaus/portaudio"

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

// callback is what PortAudio calls for one stream, in C.
type callback struct {
	slot int
	c    *C.struct_memkit_callback
	pins runtime.Pinner
}

// newCallback takes a slot.
func newCallback() (*callback, error) {
	slots.Lock()
	defer slots.Unlock()
	for i := range slots.taken {
		if !slots.taken[i] {
			slots.taken[i] = true
			k := &callback{slot: i, c: &C.memkit_callbacks[i]}
			*k.c = C.struct_memkit_callback{slot: C.int(i), cpu: -1, closing: 1}
			return k, nil
		}
	}
	return nil, fmt.Errorf("all %d streams that a process may have are open; close one", slotCount)
}

// free gives the slot back. No callback may run, now or later.
func (k *callback) free() {
	C.memkit_clock_close(k.c.clock)
	k.pins.Unpin()
	direct[k.slot].process = nil
	slots.Lock()
	slots.taken[k.slot] = false
	slots.Unlock()
}

// open opens a stream with the slot's callback in place of the Go package's.
func (k *callback) open(p portaudio.StreamParameters) (*portaudio.Stream, error) {
	C.memkit_install(C.int(k.slot))
	defer C.memkit_uninstall()
	return portaudio.OpenStream(p, func(in, out [][]float32) {})
}

// listen connects to the sound server's clock, as another client of the stream's, and
// reports whether there is one.
func (k *callback) listen(name string) bool {
	text := C.CString(clientName(name) + "-clock")
	defer C.free(unsafe.Pointer(text))
	k.c.clock = C.memkit_clock_open(C.int(k.slot), text)
	return k.c.clock != nil
}

// frames is the server's period, priority its clients' real-time priority.
func (k *callback) frames() int   { return int(C.memkit_clock_frames(k.c.clock)) }
func (k *callback) priority() int { return max(0, int(C.memkit_clock_priority(k.c.clock))) }

// serverGone is true once the server that the clock belongs to has ended.
//
//rt:allow ML608 reason="reads a number"
func (k *callback) serverGone() bool {
	return C.memkit_gone(C.int(k.slot)) != 0
}

// bind connects the callback with the engine.
func (k *callback) bind(in, out, maxFrames int, s backend.Sink) {
	k.c.in, k.c.out = C.uint32_t(in), C.uint32_t(out)
	if s.Cycle == nil {
		k.c.mode = C.MEMKIT_HANDOFF_MODE
		// Pinned for race builds, whose arenas are in the Go heap.
		p := s.Region.Pointer()
		k.pins.Pin(p)
		k.c.region = (*C.struct_memkit_handoff)(p)
		return
	}
	k.c.mode = C.MEMKIT_DIRECT_MODE
	d := &direct[k.slot]
	d.process = s.Cycle
	d.cycle.In, d.cycle.Out = make([][]float32, in), make([][]float32, out)
}

// inGo: the thread that calls in runs Go.
const inGo = false

// follow lets the callback's thread run on one CPU.
func (k *callback) follow(cpu int) { k.c.cpu = C.int(cpu) }

// moveBack undoes what follow brought about. The callback must be kept out.
func (k *callback) moveBack() { C.memkit_move_back(C.int(k.slot)) }

// admit lets the callback through to the engine.
func (k *callback) admit() { C.memkit_admit(C.int(k.slot)) }

// shut keeps the callback from the engine and reports whether it is outside.
func (k *callback) shut(wait time.Duration) bool {
	return C.memkit_shut(C.int(k.slot), C.int64_t(wait)) == 0
}

// named is what PortAudio's next client is called, under library's lock.
var named string

// nameClient names the client that PortAudio makes. PortAudio keeps the pointer.
func nameClient(name string) {
	name = clientName(name)
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

// nap waits for so many ns, and leaves the thread where it is.
//
//rt:allow ML608 reason="waits for the device, as Blocking does"
func nap(ns int64) { C.memkit_nap(C.int64_t(ns)) }

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
