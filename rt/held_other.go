//go:build !linux || !go1.26 || go1.27 || !(amd64 || arm64)

package rt

// lookHeld knows the P's number only.
func lookHeld() held {
	p := procPin()
	procUnpin()
	return held{p: p}
}

// lookStops knows of none.
func lookStops() uint32 { return 0 }
