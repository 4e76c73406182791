//go:build !linux || !go1.26 || go1.27 || !(amd64 || arm64)

package machine

// ReadP knows the P's number only.
func ReadP() PCounts {
	p := procPin()
	procUnpin()
	return PCounts{P: p}
}

// ReadStops cannot tell and returns 0.
func ReadStops() uint32 { return 0 }
