// Package line carries frames over the serial line of an emulated device: a stream
// socket, read and written by raw system calls.
package line
