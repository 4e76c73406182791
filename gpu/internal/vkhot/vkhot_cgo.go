//go:build cgo && linux

package vkhot

/*
#cgo CFLAGS: -O2
#cgo LDFLAGS: -ldl -lpthread
#cgo noescape vkhot_submit
#cgo nocallback vkhot_submit
#cgo noescape vkhot_value
#cgo nocallback vkhot_value
#cgo noescape vkhot_spin
#cgo nocallback vkhot_spin
#cgo noescape vkhot_wait
#cgo nocallback vkhot_wait
#cgo noescape vkhot_flush
#cgo nocallback vkhot_flush
#cgo noescape vkhot_invalidate
#cgo nocallback vkhot_invalidate
#include "vkhot_linux.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// Result is a VkResult.
type Result int32

const (
	Success     Result = 0
	Timeout     Result = 2
	OutOfHost   Result = -1
	OutOfDevice Result = -2
	DeviceLost  Result = -4
)

// Limits of a device.
const (
	MostTimelines = C.VKHOT_TIMELINES // numbered from 1
	MostPoints    = C.VKHOT_POINTS    // of a submission, for waits and for signals
)

// Point is a value on a timeline, laid out as in C.
type Point struct {
	Timeline uint32
	_        uint32
	Value    uint64
}

// Open returns vkGetInstanceProcAddr of libvulkan.so.1, or nil.
func Open() unsafe.Pointer { return C.vkhot_open() }

// Properties of a physical device beyond Vulkan 1.0.
type Properties struct {
	API             uint32
	Timelines       bool
	ImportAlignment uint64
}

// Query asks a physical device; imports says whether it has
// VK_EXT_external_memory_host.
func Query(instance, physical unsafe.Pointer, imports bool) Properties {
	var p C.vkhot_properties
	host := C.int(0)
	if imports {
		host = 1
	}
	C.vkhot_query(instance, physical, host, &p)
	return Properties{API: uint32(p.api), Timelines: p.timeline != 0, ImportAlignment: uint64(p.alignment)}
}

// Chains are structures for a pNext, freed with FreeChain.
func FeaturesChain() unsafe.Pointer { return C.vkhot_chain_features() }
func TimelineChain() unsafe.Pointer { return C.vkhot_chain_timeline() }
func ExternalChain() unsafe.Pointer { return C.vkhot_chain_external() }
func ImportChain(host unsafe.Pointer) unsafe.Pointer {
	return C.vkhot_chain_import(host)
}
func FreeChain(p unsafe.Pointer) { C.vkhot_chain_free(p) }

// CreateMessenger collects the messages of the validation layer, of all instances together.
func CreateMessenger(instance unsafe.Pointer) unsafe.Pointer {
	return C.vkhot_create_messenger(instance)
}

// DestroyMessenger ends a CreateMessenger.
func DestroyMessenger(instance, messenger unsafe.Pointer) {
	C.vkhot_destroy_messenger(instance, messenger)
}

// Messages are how many there were, and the first of them.
func Messages() (int, []string) {
	n := int(C.vkhot_message_count())
	var list []string
	var text [1024]byte
	for i := range n {
		if C.vkhot_message(C.uint64_t(i), (*C.char)(unsafe.Pointer(&text[0])), C.int(len(text))) == 0 {
			break
		}
		list = append(list, C.GoString((*C.char)(unsafe.Pointer(&text[0]))))
	}
	return n, list
}

// Device has the functions of one logical device.
type Device struct{ c *C.vkhot_device }

// New looks the functions up; false when the driver lacks one.
func New(instance, physical, device unsafe.Pointer) (Device, bool) {
	d := C.vkhot_new(instance, physical, device)
	return Device{d}, d != nil
}

// Free ends the use of the device.
func (d Device) Free() { C.vkhot_free(d.c) }

// HostTypes are the memory types that host memory can be imported as, in bits.
func (d Device) HostTypes(host unsafe.Pointer) uint32 {
	return uint32(C.vkhot_host_types(d.c, host))
}

// Budget is what VK_EXT_memory_budget says of each heap.
func (d Device) Budget() (budget, usage [16]uint64, heaps int) {
	var b, u [16]C.uint64_t
	n := C.vkhot_budget(d.c, &b[0], &u[0])
	for i := range b {
		budget[i], usage[i] = uint64(b[i]), uint64(u[i])
	}
	return budget, usage, int(n)
}

// SetTimeline gives a number to a semaphore.
func (d Device) SetTimeline(n uint32, semaphore uint64) {
	C.vkhot_set_timeline(d.c, C.uint32_t(n), C.uint64_t(semaphore))
}

// Value is a timeline's value.
func (d Device) Value(n uint32) (uint64, Result) {
	r := C.vkhot_value(d.c, C.uint32_t(n))
	return uint64(r.value), Result(r.result)
}

// Spin polls until the value is reached.
func (d Device) Spin(n uint32, value uint64, limit time.Duration) Result {
	return Result(C.vkhot_spin(d.c, C.uint32_t(n), C.uint64_t(value), C.int64_t(limit)))
}

// Wait sleeps until the value is reached.
func (d Device) Wait(n uint32, value uint64, limit time.Duration) Result {
	return Result(C.vkhot_wait(d.c, C.uint32_t(n), C.uint64_t(value), C.int64_t(limit)))
}

// Flush is vkFlushMappedMemoryRanges.
func (d Device) Flush(memory, offset, size uint64) Result {
	return Result(C.vkhot_flush(d.c, C.uint64_t(memory), C.uint64_t(offset), C.uint64_t(size)))
}

// Invalidate is vkInvalidateMappedMemoryRanges.
func (d Device) Invalidate(memory, offset, size uint64) Result {
	return Result(C.vkhot_invalidate(d.c, C.uint64_t(memory), C.uint64_t(offset), C.uint64_t(size)))
}

// Job is a command buffer and what its submission needs.
type Job struct{ c *C.vkhot_job }

// NewJob prepares submissions of a command buffer; false when memory is out.
func (d Device) NewJob(queue, commands unsafe.Pointer) (Job, bool) {
	j := C.vkhot_job_new(d.c, queue, commands)
	return Job{j}, j != nil
}

// Free ends the use of the job.
func (j Job) Free() { C.vkhot_job_free(j.c) }

// Begin begins recording.
func (j Job) Begin() Result { return Result(C.vkhot_begin(j.c)) }

// Barrier separates all commands before from all after; with host, from the host.
func (j Job) Barrier(host bool) {
	h := C.int(0)
	if host {
		h = 1
	}
	C.vkhot_barrier(j.c, h)
}

// Copy records a copy between buffers.
func (j Job) Copy(from, fromOffset, to, toOffset, size uint64) {
	C.vkhot_copy(j.c, C.uint64_t(from), C.uint64_t(fromOffset), C.uint64_t(to), C.uint64_t(toOffset), C.uint64_t(size))
}

// Dispatch records a dispatch.
func (j Job) Dispatch(pipeline, layout, set uint64, constants []byte, groups [3]uint32) {
	C.vkhot_dispatch(j.c, C.uint64_t(pipeline), C.uint64_t(layout), C.uint64_t(set), unsafe.Pointer(unsafe.SliceData(constants)), C.uint32_t(len(constants)), C.uint32_t(groups[0]), C.uint32_t(groups[1]), C.uint32_t(groups[2]))
}

// End ends recording.
func (j Job) End() Result { return Result(C.vkhot_end(j.c)) }

// Submit submits the job. There are at most MostPoints of each.
func (j Job) Submit(waits, signals []Point) Result {
	return Result(C.vkhot_submit(j.c, (*C.vkhot_point)(unsafe.Pointer(unsafe.SliceData(waits))), C.uint32_t(len(waits)), (*C.vkhot_point)(unsafe.Pointer(unsafe.SliceData(signals))), C.uint32_t(len(signals))))
}

// LoopSubmit submits the job and spins, once for each element of ns, all in C. value
// is the timeline's before; the loop is the only user of the queue.
func (j Job) LoopSubmit(timeline uint32, value uint64, period time.Duration, ns []int64) Result {
	return Result(C.vkhot_loop_submit(j.c, C.uint32_t(timeline), C.uint64_t(value), C.int(len(ns)), C.int64_t(period), (*C.int64_t)(unsafe.SliceData(ns))))
}

// LoopRing rings a resident kernel once for each element of ns, all in C. number is
// that of the last ring.
func LoopRing(door, answers []uint32, silent bool, number uint32, period time.Duration, ns []int64) Result {
	s := C.int(0)
	if silent {
		s = 1
	}
	return Result(C.vkhot_loop_ring((*C.uint32_t)(unsafe.SliceData(door)), (*C.uint32_t)(unsafe.SliceData(answers)), C.int(len(answers)), s, C.uint32_t(number), C.int(len(ns)), C.int64_t(period), (*C.int64_t)(unsafe.SliceData(ns))))
}
