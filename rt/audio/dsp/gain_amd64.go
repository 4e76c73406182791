package dsp

// scale sets dst to gain·src. dst must be as long as src.
//
//go:noescape
//rt:trust reason="a loop over dst without a call; the tests hold it to scaleScalar"
func scale(dst, src []float32, gain float32)

// ramp sets dst to src times from + rise·k, with k one higher for each sample, up to
// 2²⁴. dst must be as long as src.
//
//go:noescape
//rt:trust reason="a loop over dst without a call; the tests hold it to rampScalar"
func ramp(dst, src []float32, from, rise, k float32)
