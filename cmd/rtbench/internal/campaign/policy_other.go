//go:build !linux

package campaign

// realtime cannot be told here.
func realtime(int) (fifo, known bool) { return false, false }
