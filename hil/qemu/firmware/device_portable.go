//go:build !cgo

package firmware

// Native reports whether a [Device] runs the C file.
const Native = false

// Device runs the firmware in this process, here as a [Portable]: the C file needs
// cgo. The zero value is a device that has just started; a copy is a snapshot of it.
// One goroutine at a time may use it.
type Device struct{ Portable }
