//go:build !amd64 && !arm64

package audio

// Denormal numbers stay as they are on other architectures.

func flushDenormals() uint32 { return 0 }

func setFloatControl(uint32) {}
