//go:build !linux || !go1.26 || go1.27 || !(amd64 || arm64)

package machine

// checked is false: on this system or architecture the stack guard is not known, so
// Strict refuses.
const checked = false

// stopRequested cannot tell here, and reports a request always.
func stopRequested() bool { return true }
