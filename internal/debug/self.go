//go:build rtdebug && !asan && (amd64 || arm64)

package debug

// self is the address of what the runtime knows of the calling goroutine. It may
// become another goroutine's after this one's end.
func self() uintptr
