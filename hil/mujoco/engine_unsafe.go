//go:build cgo && mujoco && linux

package mujoco

// #cgo LDFLAGS: -lmujoco
// #include <stdlib.h>
// #include "physics.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// version is the library's, as major·100 + minor·10 + patch.
var version = func() int { return int(C.mj_version()) }

const wantVersion = 222

// Engine is MuJoCo with memkit as its allocator. A process has one at a time.
type Engine struct {
	region *arena.Arena
	heap   *tlsf.Heap
	plants int
	stats  Stats
	// loading holds the blocks of a load, which are lost to MuJoCo when it fails.
	loading map[unsafe.Pointer]bool
	closed  bool
}

// current is the engine that MuJoCo's hooks, which are the process's, lead to. The lock
// is for a MuJoCo that is called from elsewhere in the program.
var (
	lock    sync.Mutex
	current *Engine
)

// Open makes memkit MuJoCo's allocator. Errors: ErrVersion, ErrOpen, *rt.ConfigError,
// and without MuJoCo ErrNotBuilt.
func Open(c Config) (*Engine, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	if v := version(); v != wantVersion {
		return nil, fmt.Errorf("%w: it is %d.%d.%d", ErrVersion, v/100, v/10%10, v%10)
	}
	lock.Lock()
	defer lock.Unlock()
	if current != nil {
		return nil, ErrOpen
	}
	// A shared arena is mapped memory in race builds as well: C must not get Go's.
	region, err := arena.New(arena.Config{Name: "mujoco", Size: c.Memory, Shared: true})
	if err != nil {
		return nil, errkind.Wrapf(err, "arena", "mujoco: Config.Memory %d", c.Memory)
	}
	heap, err := tlsf.New(region.Bytes(), tlsf.Config{})
	if err != nil {
		return nil, errors.Join(errkind.Wrapf(err, "tlsf", "mujoco: Config.Memory %d", c.Memory), region.Close())
	}
	current = &Engine{region: region, heap: heap}
	C.memkit_physics_install()
	return current, nil
}

// Load compiles a model and makes a plant of it. Errors: ErrModel with MuJoCo's own
// text, ErrMemory, ErrClosed, *rt.ConfigError.
func (e *Engine) Load(c PlantConfig) (*Plant, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	if e.closed {
		return nil, ErrClosed
	}
	text := c.XML
	if c.Path != "" {
		if text, err = os.ReadFile(c.Path); err != nil {
			return nil, fmt.Errorf("%w: PlantConfig.Path: %w", ErrModel, err)
		}
	}
	lock.Lock()
	e.loading = map[unsafe.Pointer]bool{}
	refused := e.stats.Refused
	lock.Unlock()

	p, said := load(c)

	lock.Lock()
	defer lock.Unlock()
	blocks := e.loading
	e.loading = nil
	switch {
	case p != nil:
		e.plants++
		return newPlant(e, p, c, text), nil
	case e.stats.Refused > refused:
		err = fmt.Errorf("%w: Config.Memory is %d bytes", ErrMemory, len(e.region.Bytes()))
	default:
		err = fmt.Errorf("%w: %s", ErrModel, said)
	}
	for block := range blocks {
		err = errors.Join(err, e.free(block))
	}
	return nil, err
}

// load calls C, and returns what it says when it fails.
func load(c PlantConfig) (*C.struct_memkit_physics, string) {
	var text [1024]byte
	var path, key *C.char
	var xml unsafe.Pointer
	if c.Path != "" {
		path = C.CString(c.Path)
		defer C.free(unsafe.Pointer(path))
	} else {
		xml = C.CBytes(c.XML)
		defer C.free(xml)
	}
	if c.Keyframe != "" {
		key = C.CString(c.Keyframe)
		defer C.free(unsafe.Pointer(key))
	}
	said := (*C.char)(unsafe.Pointer(&text[0]))
	p := C.memkit_physics_load(path, xml, C.int(len(c.XML)), key, said, C.int(len(text)))
	return p, C.GoString(said)
}

// Stats counts what MuJoCo allocated.
func (e *Engine) Stats() Stats {
	lock.Lock()
	defer lock.Unlock()
	s := e.stats
	if !e.closed {
		h := e.heap.Stats()
		s.Bytes, s.Peak = int64(h.Used), int64(h.Peak)
	}
	return s
}

// Close gives MuJoCo its own allocator back. It refuses with ErrInUse while there are
// plants. A second Close returns nil.
func (e *Engine) Close() error {
	lock.Lock()
	defer lock.Unlock()
	switch {
	case e.closed:
		return nil
	case e.plants > 0:
		return ErrInUse
	}
	C.memkit_physics_uninstall()
	h := e.heap.Stats()
	e.stats.Peak = int64(h.Peak)
	e.closed = true
	current = nil
	return errors.Join(e.heap.Close(), e.region.Close())
}

// free gives a block back.
func (e *Engine) free(p unsafe.Pointer) error {
	e.stats.Frees++
	delete(e.loading, p)
	return e.heap.Free(p)
}

// alignment is what MuJoCo lays its arrays out for.
const alignment = 64

// memkitMujocoAllocate is MuJoCo's malloc: null when there is no room.
//
//export memkitMujocoAllocate
func memkitMujocoAllocate(n C.size_t) C.uintptr_t {
	lock.Lock()
	defer lock.Unlock()
	e := current
	if e == nil {
		return 0
	}
	e.stats.Allocations++
	p, err := e.heap.AllocAligned(uintptr(n), alignment)
	if err != nil {
		e.stats.Refused++
		return 0
	}
	if e.loading != nil {
		e.loading[p] = true
	}
	return C.uintptr_t(uintptr(p))
}

// memkitMujocoFree is MuJoCo's free.
//
//export memkitMujocoFree
func memkitMujocoFree(p unsafe.Pointer) {
	lock.Lock()
	defer lock.Unlock()
	if current != nil && p != nil {
		current.free(p)
	}
}
