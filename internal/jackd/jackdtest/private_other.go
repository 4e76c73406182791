//go:build !linux

package jackdtest

// Private does nothing: there is no JACK.
func Private() {}
