//go:build !rtdebug

package tlsf

import "unsafe"

// heapDebug is empty in a release build, and its methods are never called.
type heapDebug struct{}

func (*heapDebug) handOver() {}

func (h *Heap) debugOwner()                                        {}
func (h *Heap) debugAlloc(unsafe.Pointer, uintptr)                 {}
func (h *Heap) debugMove(_, _ uint32)                              {}
func (h *Heap) debugFree(p unsafe.Pointer) (unsafe.Pointer, error) { return p, nil }
func (h *Heap) debugFlush() bool                                   { return false }
func (h *Heap) debugLeaks() error                                  { return nil }
