//go:build !rtdebug

package pool

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// watch is nothing in a release. Under the address sanitizer it declares slots
// unaddressable while they are free.
type watch struct{}

func (watch) start(_ string, base unsafe.Pointer, size uintptr, n int, _ bool) {
	debug.Poison(base, size*uintptr(n))
}

func kindOf[P any]() string { return "" }

func (watch) check()   {}
func (watch) release() {}

func (watch) take(_ uint32, p unsafe.Pointer, size uintptr, _ bool) { debug.Unpoison(p, size) }

func (watch) give(_ uint32, p unsafe.Pointer, size uintptr) { debug.Poison(p, size) }

func (watch) enqueue([]uint32, *uint32, uint32) {}

func (watch) stop(base unsafe.Pointer, size uintptr, n int, _ func(int) bool) error {
	debug.Unpoison(base, size*uintptr(n))
	return nil
}
