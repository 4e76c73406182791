//go:build cgo && linux

package jackclient

/*
#cgo CFLAGS: -O2 -Wall
#cgo LDFLAGS: -ldl
#include "client.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	_ "github.com/memkit-go/memkit/rt/audio/internal/cdriver" // the exchange in C
)

// patience is how long a call into libjack may take: opening a client takes some
// milliseconds, and a server that was stopped, or that waits for a lock, does not
// answer at all.
const patience = 5 * time.Second

var (
	errNoLibrary = fmt.Errorf("libjack.so.0 is not installed; on Debian and Ubuntu: apt-get install libjack-jackd2-0, or pipewire-jack: %w", backend.ErrNoServer)
	errSilent    = fmt.Errorf("the sound server has not answered for %v; restart it: %w", patience, backend.ErrNoServer)
)

// library serialises calls that open and close clients.
var library sync.Mutex

// bounded runs f, a call into libjack, and returns when it has ended, or errSilent
// after patience. f goes on until the server answers; calls that come meanwhile wait
// for it as long.
func bounded(f func() error) error {
	done := make(chan error, 1)
	go func() {
		library.Lock()
		defer library.Unlock()
		done <- f()
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-limit.C:
		return errSilent
	}
}

// client is one client in C.
type client struct {
	c      *C.struct_memkit_jack
	pins   runtime.Pinner
	direct cgo.Handle
}

// openClient opens a client of the server that JACK_DEFAULT_SERVER names. A client
// that comes after patience is closed again.
func openClient(name string) (*client, error) {
	var (
		mu     sync.Mutex
		opened *C.struct_memkit_jack
		late   bool
	)
	err := bounded(func() error {
		if C.memkit_jack_load() == 0 {
			return errNoLibrary
		}
		text, server := C.CString(name), C.CString(os.Getenv("JACK_DEFAULT_SERVER"))
		defer C.free(unsafe.Pointer(text))
		defer C.free(unsafe.Pointer(server))
		c := C.memkit_jack_open(server, text)
		mu.Lock()
		defer mu.Unlock()
		if late && c != nil {
			C.memkit_jack_close(c)
		} else {
			opened = c
		}
		return nil
	})
	mu.Lock()
	defer mu.Unlock()
	late = true
	switch {
	case opened != nil:
		return &client{c: opened}, nil
	case err != nil:
		return nil, err
	}
	return nil, fmt.Errorf("%w; start jackd or PipeWire", backend.ErrNoServer)
}

// register makes the ports.
func (c *client) register(in, out int) error {
	return bounded(func() error {
		if C.memkit_jack_register(c.c, C.uint32_t(in), C.uint32_t(out)) != 0 {
			return fmt.Errorf("the server has not made %d inputs and %d outputs", in, out)
		}
		return nil
	})
}

func (c *client) close() error {
	return bounded(func() error {
		C.memkit_jack_close(c.c)
		c.pins.Unpin()
		if c.direct != 0 {
			c.direct.Delete()
		}
		return nil
	})
}

func (c *client) gone() bool    { return C.memkit_jack_gone(c.c) != 0 }
func (c *client) frames() int   { return int(C.memkit_jack_frames(c.c)) }
func (c *client) rate() float64 { return float64(C.memkit_jack_rate(c.c)) }
func (c *client) priority() int { return max(0, int(C.memkit_jack_priority(c.c))) }

// ports are the server's physical ports in one direction.
func (c *client) ports(playback bool) (names []string) {
	direction := C.int(0)
	if playback {
		direction = 1
	}
	all := C.memkit_jack_ports(c.c, direction)
	if all == nil {
		return nil
	}
	defer C.memkit_jack_free(all)
	for p := unsafe.Pointer(all); ; p = unsafe.Add(p, unsafe.Sizeof(uintptr(0))) {
		name := *(**C.char)(p)
		if name == nil {
			return names
		}
		names = append(names, C.GoString(name))
	}
}

// latency is a port's in frames.
func (c *client) latency(port string, playback bool) int {
	text := C.CString(port)
	defer C.free(unsafe.Pointer(text))
	direction := C.int(0)
	if playback {
		direction = 1
	}
	return int(C.memkit_jack_latency(c.c, text, direction))
}

// bind connects the callback with the engine.
func (c *client) bind(s backend.Sink) {
	// Pinned for race builds, whose arenas are in the Go heap.
	p := s.Region.Pointer()
	c.pins.Pin(p)
	c.c.region = (*C.struct_memkit_handoff)(p)
	if s.Cycle == nil {
		c.c.mode = C.MEMKIT_JACK_HANDOFF
		return
	}
	c.c.mode = C.MEMKIT_JACK_DIRECT
	d := &direct{process: s.Cycle}
	d.cycle.In, d.cycle.Out = make([][]float32, c.c.in), make([][]float32, c.c.out)
	c.direct = cgo.NewHandle(d)
	c.c.direct = C.uintptr_t(c.direct)
}

// start starts the callbacks and connects the ports, in order, as far as there are
// names.
func (c *client) start(sources, sinks []string) error {
	from, to := cNames(sources, int(c.c.in)), cNames(sinks, int(c.c.out))
	C.memkit_jack_accept(c.c, C.memkit_jack_rate(c.c))
	C.memkit_jack_admit(c.c)
	err := bounded(func() error {
		defer from.free()
		defer to.free()
		if n := C.memkit_jack_start(c.c, from.list, to.list); n != 0 {
			return fmt.Errorf("the server has not started the client or not connected it (%d)", int(n))
		}
		return nil
	})
	if err != nil {
		c.shut()
	}
	return err
}

// shut keeps the callback from the engine and reports whether it is outside.
func (c *client) shut() bool {
	return C.memkit_jack_shut(c.c, C.int64_t(patience)) == 0
}

// errInside: the callback has not returned from the engine.
var errInside = errors.New("the callback has not returned")

func (c *client) stop() error {
	if !c.shut() {
		return errInside
	}
	C.memkit_jack_accept(c.c, 0)
	C.memkit_jack_move_back(c.c)
	if c.gone() {
		return nil
	}
	return bounded(func() error {
		if n := C.memkit_jack_stop(c.c); n != 0 && !c.gone() {
			return fmt.Errorf("the server has not stopped the client (%d)", int(n))
		}
		return nil
	})
}

// cList is strings in C.
type cList struct {
	list **C.char
	all  []*C.char
}

func cNames(names []string, n int) cList {
	l := cList{list: (**C.char)(C.calloc(C.size_t(n+1), C.size_t(unsafe.Sizeof(uintptr(0)))))}
	l.all = unsafe.Slice(l.list, n)
	for i := range l.all {
		name := ""
		if i < len(names) {
			name = names[i]
		}
		l.all[i] = C.CString(name)
	}
	return l
}

func (l cList) free() {
	for _, p := range l.all {
		C.free(unsafe.Pointer(p))
	}
	C.free(unsafe.Pointer(l.list))
}

// direct is what the Go side of a Direct stream needs.
type direct struct {
	cycle   backend.Cycle
	process func(*backend.Cycle)
}

// memkitJackDirect is the callback of a Direct stream.
//
//export memkitJackDirect
func memkitJackDirect(handle C.uintptr_t, c *C.struct_memkit_cycle) {
	d := cgo.Handle(handle).Value().(*direct)
	n := int(c.n)
	point(d.cycle.In, unsafe.Pointer(c.in), n)
	point(d.cycle.Out, unsafe.Pointer(c.out), n)
	d.cycle.N, d.cycle.Flags, d.cycle.Number = n, uint32(c.flags), uint32(c.number)
	d.cycle.Begin, d.cycle.Entry, d.cycle.Period = int64(c.begin), int64(c.entry), int64(c.period)
	d.cycle.InTime, d.cycle.OutTime = int64(c.in_time), int64(c.out_time)
	d.process(&d.cycle)
}

// point lets each channel be the device's buffer of n samples.
func point(channels [][]float32, buffers unsafe.Pointer, n int) {
	for i, b := range unsafe.Slice((**float32)(buffers), len(channels)) {
		channels[i] = unsafe.Slice(b, n)
	}
}

// follow lets the callback's thread run on one CPU.
func (c *client) follow(cpu int) { c.c.cpu = C.int(cpu) }

// accept says that the engine is prepared for a rate.
func (c *client) accept(rate float64) { C.memkit_jack_accept(c.c, C.uint32_t(rate)) }
