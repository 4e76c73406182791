//go:build !linux

package alloc

// realTimeThread is false: memkit has real-time threads on Linux only.
func realTimeThread() bool { return false }
