package seqlock

import (
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Value is a T that one goroutine changes and any goroutine reads. T is a struct
// or array of uint64s; see [Check]. The zero Value holds the zero T.
type Value[T any] struct {
	_     [0]atomic.Uint64 // aligns the words to 8 bytes on 32-bit platforms too
	begun uint64           // changes begun
	done  uint64           // changes done
	value T
}

// Begin opens a change and returns the T, whose fields are to be changed by
// [Store] alone. [Value.End] must follow.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the writer.
//
//rt:nonblocking
//rt:nonallocating
func (v *Value[T]) Begin() *T {
	atomics.StoreRelease(&v.begun, v.done+1)
	return &v.value
}

// End publishes the change.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the writer.
//
//rt:nonblocking
//rt:nonallocating
func (v *Value[T]) End() { atomics.StoreRelease(&v.done, v.begun) }

// Current returns the T, for the writer to read.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the writer.
//
//rt:nonblocking
//rt:nonallocating
func (v *Value[T]) Current() *T { return &v.value }

// Store sets a field within a change.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the writer.
//
//rt:nonblocking
//rt:nonallocating
func Store(field *uint64, x uint64) { atomics.StoreRelease(field, x) }

// Load returns the T published last. Any goroutine may call it; it reads again
// when the writer changed the T meanwhile, so it is not for real-time threads.
func (v *Value[T]) Load() (t T) {
	from := unsafe.Slice((*uint64)(unsafe.Pointer(&v.value)), unsafe.Sizeof(t)/8)
	to := unsafe.Slice((*uint64)(unsafe.Pointer(&t)), unsafe.Sizeof(t)/8)
	for {
		done := atomics.Load(&v.done)
		for i := range from {
			to[i] = atomics.Load(&from[i])
		}
		if atomics.Load(&v.begun) == done {
			return t
		}
		runtime.Gosched()
	}
}

// Check returns an error that names the first part of T that is not a uint64. A
// package that has a Value[T] calls it in a test.
func Check[T any]() error { return check(reflect.TypeFor[T]()) }

func check(t reflect.Type) error {
	switch t.Kind() {
	case reflect.Uint64:
		return nil
	case reflect.Array:
		return check(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if err := check(t.Field(i).Type); err != nil {
				return fmt.Errorf("%w, field %s of %v", err, t.Field(i).Name, t)
			}
		}
		return nil
	}
	return fmt.Errorf("seqlock: %v is not a uint64", t)
}

// Add adds n to one field, as a change of its own.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the writer.
//
//rt:nonblocking
//rt:nonallocating
func (v *Value[T]) Add(field *uint64, n uint64) {
	v.Begin()
	atomics.StoreRelease(field, *field+n)
	v.End()
}
