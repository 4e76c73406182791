//go:build linux && (amd64 || arm64) && go1.26 && !go1.27 && !race && !asan && !msan

package machine

import (
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A pinned goroutine that waits or panics ends the process, and what the runtime says
// then ("schedule: holding locks") names neither the rule nor the step. So this file
// watches what the runtime prints through a hook that the runtime has for that, and
// adds a line when the thread that prints has a pinned step. Nothing is called before
// the runtime prints.

// NamesPinnedSteps says that this build adds the line.
const NamesPinnedSteps = true

// pinnedStep is a thread that has a pinned step.
type pinnedStep struct {
	tid  int64 // 0: the entry is free; atomic
	name unsafe.Pointer
}

// maxPinnedSteps is far more than a machine has CPUs for pinned loops. Further ones
// are not named.
const maxPinnedSteps = 256

var (
	pinnedSteps [maxPinnedSteps]pinnedStep
	addPinned   sync.Mutex
)

// namePinnedStep lets a crash of the calling thread name the step that is pinned on it,
// until forget is called. The caller is locked to the thread.
func namePinnedStep(name string) (forget func()) {
	addPinned.Lock()
	defer addPinned.Unlock()
	if overrideWrite == nil {
		overrideWrite = writeNamingStep
	}
	text := []byte(name)
	for i := range pinnedSteps {
		s := &pinnedSteps[i]
		if atomic.LoadInt64(&s.tid) == 0 {
			atomic.StorePointer(&s.name, unsafe.Pointer(&text))
			atomic.StoreInt64(&s.tid, int64(unix.Gettid()))
			return func() { atomic.StoreInt64(&s.tid, 0) }
		}
	}
	return func() {}
}

// The runtime's words, each printed by one call, and the words added to them.
var (
	fatalWait   = []byte("schedule: holding locks")
	fatalPanic  = []byte("panic holding locks")
	fatalSignal = []byte("unexpected signal during runtime execution")

	lineStart  = []byte("\nrt: ")
	addedWait  = []byte(" waited in a Strict loop: for a mutex that another goroutine held, for a channel, or in time.Sleep, runtime.Gosched or runtime.GC; do that inside Tick.Syscall, or exchange data through package ring")
	addedPanic = []byte(" panicked in a Strict loop, where no recover helps; return an error, or call what may panic inside Tick.Syscall")
)

// writeNamingStep is the runtime's write. It may be called in any state of the runtime,
// so it has no prologue, and neither locks nor allocates.
//
//go:nosplit
func writeNamingStep(fd uintptr, p unsafe.Pointer, n int32) int32 {
	r, _, e := syscall.RawSyscall(unix.SYS_WRITE, fd, uintptr(p), uintptr(n))
	if e != 0 {
		return -int32(e)
	}
	said := unsafe.Slice((*byte)(p), n)
	switch {
	case same(said, fatalWait):
		addLine(fd, &addedWait)
	case same(said, fatalPanic) || same(said, fatalSignal):
		addLine(fd, &addedPanic)
	}
	return int32(r)
}

//go:nosplit
func same(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// addLine writes the name of the calling thread's step and what it did. The runtime
// ends the line.
//
//go:nosplit
func addLine(fd uintptr, did *[]byte) {
	tid, _, _ := syscall.RawSyscall(unix.SYS_GETTID, 0, 0, 0)
	for i := range pinnedSteps {
		s := &pinnedSteps[i]
		if atomic.LoadInt64(&s.tid) == int64(tid) {
			writeAll(fd, &lineStart)
			writeAll(fd, (*[]byte)(atomic.LoadPointer(&s.name)))
			writeAll(fd, did)
			return
		}
	}
}

//go:nosplit
func writeAll(fd uintptr, b *[]byte) {
	syscall.RawSyscall(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(*b))), uintptr(len(*b)))
}
