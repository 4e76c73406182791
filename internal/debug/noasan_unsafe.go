//go:build !asan || !cgo

package debug

import "unsafe"

// Sanitized: this is a build with -asan.
const Sanitized = false

// Poison makes every access to n bytes at p an error, in a sanitized build.
func Poison(unsafe.Pointer, uintptr) {}

// Unpoison allows accesses again.
func Unpoison(unsafe.Pointer, uintptr) {}
