//go:build !linux || !go1.26 || go1.27 || !(amd64 || arm64)

package machine

// stopRequested cannot tell here, and reports a request always.
func stopRequested() bool { return true }
