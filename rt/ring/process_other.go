//go:build !linux

package ring

// lookUp would tell whether process pid lives, and when it started. Here regions
// are not shared between processes, so every holder is this process, which does.
func lookUp(pid int) (start uint64, lives bool) { return 0, true }
