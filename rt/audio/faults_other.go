//go:build !linux

package audio

// threadFaults is unknown here.
func threadFaults() uint64 { return 0 }
