//go:build !amd64

package dsp

func scale(dst, src []float32, gain float32)         { scaleScalar(dst, src, gain) }
func ramp(dst, src []float32, from, rise, k float32) { rampScalar(dst, src, from, rise, k) }
