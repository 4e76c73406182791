//go:build asan && cgo

package debug

/*
#include <stddef.h>
#include <stdint.h>

void __asan_poison_memory_region(void const volatile *p, size_t n);
void __asan_unpoison_memory_region(void const volatile *p, size_t n);

// Addresses cross as numbers: C neither reads nor keeps what lies there, so the
// rules for passing pointers do not apply.
static void poison(uintptr_t p, size_t n) { __asan_poison_memory_region((void *)p, n); }
static void unpoison(uintptr_t p, size_t n) { __asan_unpoison_memory_region((void *)p, n); }
*/
import "C"

import "unsafe"

// Sanitized: this is a build with -asan.
const Sanitized = true

// Poison makes every access to n bytes at p an error that is reported and ends
// the program. The sanitizer knows 8 bytes at a time: of an 8 that other
// memory begins in, it reports nothing.
func Poison(p unsafe.Pointer, n uintptr) { C.poison(C.uintptr_t(uintptr(p)), C.size_t(n)) }

// Unpoison allows accesses again.
func Unpoison(p unsafe.Pointer, n uintptr) { C.unpoison(C.uintptr_t(uintptr(p)), C.size_t(n)) }
