//go:build !linux

package alloc

// realTimeThread: this package knows real-time threads on Linux only.
func realTimeThread() bool { return false }
