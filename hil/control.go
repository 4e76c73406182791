package hil

// Control is what a rig does to a device other than exchange frames. A device need
// not have it.
type Control interface {
	// Reset starts the device's program afresh, and returns when it takes frames.
	Reset() error
	// Pause stops the device's time, or lets it go on. A paused device answers
	// nothing.
	Pause(on bool) error
}
