//go:build !linux

package bus

// messageHeader is what the kernel needs of a message; there is none here.
type messageHeader struct{}
