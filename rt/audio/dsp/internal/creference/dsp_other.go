//go:build !cgo

package creference

// Available reports whether the functions run: they need cgo.
const Available = false

func Scale(dst, src []float32, gain float32, times int)                                {}
func Ramp(dst, src []float32, from, to float32, times int)                             {}
func Saw(dst []float32, step float64, times int)                                       {}
func Echo(dst, src, line []float32, samples float64, wet, feedback float32, times int) {}
