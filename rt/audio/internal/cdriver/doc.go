// Package cdriver is the driver's half of a hand-off in C, for devices that call C
// on a thread of their own, and how such a thread tells when its cycle began.
//
// It has no names for Go: other packages include its headers and import it for its
// object code. handoff.Driver is its reference, and a test holds the two together.
package cdriver
